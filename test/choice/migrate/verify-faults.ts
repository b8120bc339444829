import { expect } from '@jest/globals';
import type pg from 'pg';
import { createVersionSchemas } from '../../../src/app.ts';
import type { ChoiceField } from '../../../src/choice/choice-field.ts';
import type { Finding } from '../../../src/choice/migrate/verify/finding.ts';
import { verifyRecords } from '../../../src/choice/migrate/verify.ts';
import type { CliDependencies } from '../../../src/cli/cli-dependencies.ts';
import { runCli } from '../../../src/cli/run-cli.ts';
import { loadConfig } from '../../../src/config.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { bringUpDatabase, findDatabaseLack } from '../../../src/crm/crm-database.ts';
import { annotateCrmSchema } from '../../../src/crm/crm-schema.ts';
import { RecordedStream } from '../../cli/recorded-stream.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { connect } from '../writers.ts';

/** A populated database whose rows can be written past every trigger and foreign key. */
export interface FaultyCrm {
  readonly crm: TestCrm;
  /** As the owner, with triggers. */
  readonly owner: pg.Client;
  /** As a superuser, past triggers and foreign keys. */
  plant(statement: string, values?: readonly unknown[]): Promise<pg.QueryResult>;
  verify(...fields: ChoiceField[]): Promise<readonly Finding[]>;
  /** Does what the finding says: the command by the command line, the SQL as the owner. Answers the exit code. */
  mend(finding: Finding): Promise<number>;
  /** Damages, finds just that, in every run that has a field concerned, and mends it as the finding says. */
  expectFound(damage: string, expected: Partial<Finding> & Pick<Finding, 'code'>, fields?: readonly ChoiceField[]): Promise<void>;
  close(): Promise<void>;
}

export async function createFaultyCrm(
  options: { phase?: 'legacy' | 'expanded' | 'populated'; tenants?: readonly string[] } = {},
): Promise<FaultyCrm> {
  const crm = await createTestCrm({ phase: 'populated', ...options });
  const owner = await connect(crm.database.ownerUrl);
  const superuser = await connect(crm.database.superuserUrl, `SET session_replication_role = replica`);
  const faulty: FaultyCrm = {
    crm,
    owner,
    plant: (statement, values = []) => superuser.query(statement, [...values]),
    verify: async (...fields) => (await verifyRecords(crm.owner.sql, { ...crm.scope, ...(fields.length > 0 && { fields }) })).findings,
    async mend(finding) {
      if (finding.command) return runCommand(crm.database.ownerUrl, finding.command);
      await owner.query(finding.remedy);
      return 0;
    },
    async expectFound(damage, expected, fields = choiceRegistry.fields) {
      await faulty.plant(damage);
      const findings = await faulty.verify(...fields);
      expect([damage, findings]).toEqual([damage, [expect.objectContaining({ count: 1, sampleIds: [], ...expected })]]);
      expect(await faulty.mend(findings[0]!)).toBe(0);
      expect([damage, await faulty.verify(...fields)]).toEqual([damage, []]);
    },
    async close() {
      await Promise.all([owner.end(), superuser.end()]);
      await crm.close();
    },
  };
  return faulty;
}

/** The command line in this process, on this database. */
export async function runCommand(databaseUrl: string, argv: readonly string[], terminal: Partial<CliDependencies> = {}): Promise<number> {
  return runCli(argv, {
    loadConfig: () => loadConfig({ DATABASE_URL: databaseUrl }),
    stdout: new RecordedStream(),
    stderr: new RecordedStream(),
    registry: choiceRegistry,
    bringUpDatabase,
    findDatabaseLack,
    importLegacyExport: () => Promise.reject(new Error('no import')),
    loadSchema: annotateCrmSchema,
    createSchemas: createVersionSchemas,
    serve: () => Promise.reject(new Error('no server')),
    signal: new AbortController().signal,
    userName: 'ada',
    now: () => performance.now(),
    ...terminal,
  });
}
