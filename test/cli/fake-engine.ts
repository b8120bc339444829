import { EventEmitter } from 'node:events';
import { jest } from '@jest/globals';
import type { acceptValues } from '../../src/choice/migrate/accept.ts';
import type { createTenant } from '../../src/choice/migrate/create-tenant.ts';
import type { expandFields } from '../../src/choice/migrate/expand.ts';
import type { mapValues } from '../../src/choice/migrate/map.ts';
import type { migrateRecords } from '../../src/choice/migrate/migrate.ts';
import type { keepWorking } from '../../src/choice/migrate/keep-working.ts';
import type { pauseMigration, resumeMigration } from '../../src/choice/migrate/pause.ts';
import { type Pace, PACE_LIMITS, type setPace } from '../../src/choice/migrate/pace.ts';
import type { populateChoices } from '../../src/choice/migrate/populate.ts';
import type { FieldReport, Report } from '../../src/choice/migrate/report.ts';
import type { readStatus, Status } from '../../src/choice/migrate/status.ts';
import type { verifyRecords } from '../../src/choice/migrate/verify.ts';
import type { joinProcesses } from '../../src/choice/processes.ts';
import type { CliDependencies, Serve } from '../../src/cli/cli-dependencies.ts';
import type { ensureAppRole } from '../../src/database/app-role.ts';
import type { acquireDatabase } from '../../src/database/database-location.ts';
import type { listPendingMigrations } from '../../src/database/migrate.ts';
import type { openOwnerDatabase, OwnerDatabase } from '../../src/database/owner-database.ts';
import { UsageError } from '../../src/errors.ts';
import type { findTenants, listTenants, Tenant } from '../../src/tenancy/tenant.ts';
import { loadConfig } from '../../src/config.ts';
import { choiceRegistry } from './choice-registry.ts';
import { RecordedStream } from './recorded-stream.ts';

/** Nobody listens on port 1. */
const OWNER_URL = 'postgres://owner:s3cret@127.0.0.1:1/crm';
const TENANTS: readonly Tenant[] = ['acme', 'globex'].map((slug) => ({ id: `id of ${slug}`, slug, name: slug.toUpperCase() }));

/** Whatever the commands call, replaced: a command line is tested for what it asks of the engine and what it makes of the answer. */
export const engine = {
  acquireDatabase: jest.fn<typeof acquireDatabase>(),
  openOwnerDatabase: jest.fn<typeof openOwnerDatabase>(),
  listPendingMigrations: jest.fn<typeof listPendingMigrations>(),
  bringUpDatabase: jest.fn<CliDependencies['bringUpDatabase']>(),
  findDatabaseLack: jest.fn<CliDependencies['findDatabaseLack']>(),
  ensureAppRole: jest.fn<typeof ensureAppRole>(),
  listTenants: jest.fn<typeof listTenants>(),
  findTenants: jest.fn<typeof findTenants>(),
  createTenant: jest.fn<typeof createTenant>(),
  expandFields: jest.fn<typeof expandFields>(),
  populateChoices: jest.fn<typeof populateChoices>(),
  migrateRecords: jest.fn<typeof migrateRecords>(),
  joinProcesses: jest.fn<typeof joinProcesses>(),
  keepWorking: jest.fn<typeof keepWorking>(),
  pauseMigration: jest.fn<typeof pauseMigration>(),
  resumeMigration: jest.fn<typeof resumeMigration>(),
  setPace: jest.fn<typeof setPace>(),
  verifyRecords: jest.fn<typeof verifyRecords>(),
  readStatus: jest.fn<typeof readStatus>(),
  mapValues: jest.fn<typeof mapValues>(),
  acceptValues: jest.fn<typeof acceptValues>(),
  importLegacyExport: jest.fn<CliDependencies['importLegacyExport']>(),
  serve: jest.fn<Serve>(),
  close: jest.fn<() => Promise<void>>(),
  release: jest.fn<() => Promise<void>>(),
  leave: jest.fn<() => Promise<void>>(),
};

export const PACE: Pace = {
  batchSize: 2_000,
  rowsPerSecond: null,
  maxLockWaitMs: 500,
  maxReplicationLagBytes: 67_108_864,
  maxWriteMs: 250,
};

/** An empty report: what a step answers where nothing is to be told. */
export const NOTHING: Report = { ok: true, fields: [], blockers: [] };
export const NO_STATUS: Status = { ok: true, fields: [], blockers: [], workers: [], pace: PACE };

/** Puts every answer back to that of an engine that has nothing to do. */
export function resetEngine(): void {
  for (const double of Object.values(engine)) double.mockReset();
  engine.close.mockResolvedValue();
  engine.release.mockResolvedValue();
  engine.acquireDatabase.mockImplementation(() =>
    Promise.resolve({ ownerUrl: OWNER_URL, appUrl: undefined, listenUrl: OWNER_URL, embedded: true, release: engine.release }),
  );
  engine.openOwnerDatabase.mockImplementation(
    () => ({ pool: new EventEmitter(), sql: {}, close: engine.close }) as unknown as OwnerDatabase,
  );
  engine.listPendingMigrations.mockResolvedValue([]);
  engine.bringUpDatabase.mockResolvedValue({ applied: [], builtIndexes: [], pending: [], lackingIndexes: [] });
  engine.findDatabaseLack.mockResolvedValue({ pending: [], lackingIndexes: [] });
  engine.ensureAppRole.mockResolvedValue({ name: 'crm_app' });
  engine.listTenants.mockResolvedValue([...TENANTS]);
  engine.findTenants.mockImplementation((_, slugs) => Promise.resolve(slugs.map(findTenant)));
  engine.expandFields.mockResolvedValue({ ok: true, fields: [] });
  engine.populateChoices.mockResolvedValue({ ok: true, fields: [], newTenants: [] });
  engine.migrateRecords.mockResolvedValue({ ok: true, fields: [], blockers: [] });
  engine.verifyRecords.mockResolvedValue({ ...NOTHING, findings: [] });
  engine.readStatus.mockResolvedValue(NO_STATUS);
  engine.joinProcesses.mockResolvedValue({
    id: 'a process',
    isJoined: () => true,
    tell: () => undefined,
    beat: () => Promise.resolve(),
    leave: engine.leave,
  });
  engine.leave.mockResolvedValue();
  engine.keepWorking.mockResolvedValue();
  engine.pauseMigration.mockResolvedValue({ ok: true, parts: 0, fields: [] });
  engine.resumeMigration.mockResolvedValue({ ok: true, parts: 0, fields: [] });
  engine.setPace.mockImplementation((_, changes) => Promise.resolve({ ...PACE, ...changes }));
  engine.mapValues.mockResolvedValue({ ok: true, mapped: [] });
  engine.acceptValues.mockResolvedValue({ ok: true, accepted: [] });
  engine.importLegacyExport.mockResolvedValue({ files: [], tenantsCreated: [] });
  engine.serve.mockResolvedValue();
}

/** The command line on top of that engine. To be called once per test file, before anything else loads it. */
export async function loadCli(): Promise<typeof import('../../src/cli/run-cli.ts')> {
  const { acquireDatabase, openOwnerDatabase, listPendingMigrations, ensureAppRole, listTenants, findTenants } = engine;
  jest.unstable_mockModule('../../src/database/database-location.ts', () => ({ acquireDatabase }));
  jest.unstable_mockModule('../../src/database/owner-database.ts', () => ({ openOwnerDatabase }));
  jest.unstable_mockModule('../../src/database/migrate.ts', () => ({ listPendingMigrations }));
  jest.unstable_mockModule('../../src/database/app-role.ts', () => ({ ensureAppRole }));
  jest.unstable_mockModule('../../src/tenancy/tenant.ts', () => ({ listTenants, findTenants, findTenantsById: jest.fn() }));
  jest.unstable_mockModule('../../src/choice/migrate/create-tenant.ts', () => ({ createTenant: engine.createTenant }));
  jest.unstable_mockModule('../../src/choice/migrate/expand.ts', () => ({ expandFields: engine.expandFields }));
  jest.unstable_mockModule('../../src/choice/migrate/populate.ts', () => ({ populateChoices: engine.populateChoices }));
  jest.unstable_mockModule('../../src/choice/migrate/migrate.ts', () => ({ migrateRecords: engine.migrateRecords }));
  jest.unstable_mockModule('../../src/choice/processes.ts', () => ({
    joinProcesses: engine.joinProcesses,
    listRecentProcesses: jest.fn(),
    listLiveProcesses: jest.fn(),
  }));
  jest.unstable_mockModule('../../src/choice/migrate/keep-working.ts', () => ({ keepWorking: engine.keepWorking }));
  jest.unstable_mockModule('../../src/choice/migrate/watch-progress.ts', () => ({ watchProgress: () => () => Promise.resolve() }));
  jest.unstable_mockModule('../../src/choice/migrate/pause.ts', () => ({
    pauseMigration: engine.pauseMigration,
    resumeMigration: engine.resumeMigration,
  }));
  jest.unstable_mockModule('../../src/choice/migrate/pace.ts', () => ({ PACE_LIMITS, setPace: engine.setPace }));
  jest.unstable_mockModule('../../src/choice/migrate/verify.ts', () => ({ verifyRecords: engine.verifyRecords }));
  jest.unstable_mockModule('../../src/choice/migrate/status.ts', () => ({ readStatus: engine.readStatus }));
  jest.unstable_mockModule('../../src/choice/migrate/map.ts', () => ({ mapValues: engine.mapValues }));
  jest.unstable_mockModule('../../src/choice/migrate/accept.ts', () => ({ acceptValues: engine.acceptValues }));
  return import('../../src/cli/run-cli.ts');
}

export interface TestCli {
  readonly dependencies: CliDependencies;
  readonly stdout: RecordedStream;
  readonly stderr: RecordedStream;
  readonly interrupt: () => void;
}

/** A command line's world: an environment, two pipes, and somebody who may press Ctrl-C. */
export function createTestCli(env: NodeJS.ProcessEnv = {}): TestCli {
  const [stdout, stderr] = [new RecordedStream(), new RecordedStream()];
  const controller = new AbortController();
  const dependencies: CliDependencies = {
    loadConfig: () => loadConfig(env),
    stdout,
    stderr,
    registry: choiceRegistry,
    bringUpDatabase: engine.bringUpDatabase,
    findDatabaseLack: engine.findDatabaseLack,
    importLegacyExport: engine.importLegacyExport,
    loadSchema: () => Promise.reject(new Error('no schema')),
    serve: engine.serve,
    createSchemas: () => Promise.reject(new Error('The test gives no schema')),
    signal: controller.signal,
    userName: 'ada',
    now: () => 0,
  };
  return { dependencies, stdout, stderr, interrupt: () => controller.abort() };
}

/** A field of a report, with the figures that a test is about. */
export function fieldReport(figures: Partial<FieldReport> = {}): FieldReport {
  return {
    field: 'Lead.industry',
    tenant: 'globex',
    phase: 'populated',
    rows: 0,
    mapped: 0,
    empty: 0,
    missing: 0,
    drift: 0,
    unmapped: [],
    ...figures,
  };
}

function findTenant(slug: string): Tenant {
  const tenant = TENANTS.find((candidate) => candidate.slug === slug);
  if (tenant === undefined) throw new UsageError(`Unknown tenant "${slug}". Expected one of: acme, globex`);
  return tenant;
}
