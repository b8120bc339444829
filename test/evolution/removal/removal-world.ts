import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { parse, validate } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import { createRemovalDataKey } from '../../../src/choice/migrate/removal-data-key.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { judgeRemovals } from '../../../src/evolution/removal/judge-removals.ts';
import type { RemovalQuestion } from '../../../src/evolution/removal/judge-removals.ts';
import { createRemovalStore } from '../../../src/evolution/removal/removal-store.ts';
import type { RemovalStore } from '../../../src/evolution/removal/removal-store.ts';
import type { RemovalVerdict, Verdict } from '../../../src/evolution/removal/verdict.ts';
import { createCoordinateCollector } from '../../../src/evolution/usage/collect-coordinates.ts';
import type { OperationUse } from '../../../src/evolution/usage/usage-buffer.ts';
import { createUsageRecorder } from '../../../src/evolution/usage/usage-recorder.ts';
import type { UsageRecorder, UsageRecorderOptions } from '../../../src/evolution/usage/usage-recorder.ts';
import { apiVersions, currentVersion } from '../../../src/evolution/versions/api-versions.ts';
import { viewSchema } from '../../../src/evolution/versions/view-schema.ts';
import { LEAD_INDUSTRY } from '../../choice/migrate/legacy-leads.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { moveStore } from './move-store.ts';

export const DAY = 86_400_000;
export const WINDOW = 30 * DAY;
/** The sunset of every choice field has passed. */
export const AFTER_SUNSET = new Date('2027-08-01T00:00:00Z');
/** Every deprecated member that stands for the strings of leads' industries. */
export const INDUSTRY = ['CreateLeadInput.industry', 'Lead.industry', 'LeadFilter.industry', 'UpdateLeadInput.industry'];

/** Verdict by coordinate. */
export function decide(verdicts: readonly RemovalVerdict[]): Record<string, Verdict> {
  return Object.fromEntries(verdicts.map(({ coordinate, verdict }) => [coordinate, verdict]));
}

/** The same verdict on all of them. */
export function all(verdict: Verdict): Record<string, Verdict> {
  return Object.fromEntries(INDUSTRY.map((coordinate) => [coordinate, verdict]));
}

/** A CRM in which all is ready for `Lead.industry` to go: its data is at `preferred`, and nobody used it for 40 days. */
export interface RemovalWorld {
  readonly crm: TestCrm;
  readonly schema: GraphQLSchema;
  /** What `judgeRemovals` is asked with here: after the sunset, of the industries of leads. */
  ask(question?: Partial<RemovalQuestion>): ReturnType<typeof judgeRemovals>;
  /** The store as it would be at a moment, had all been recorded as long before it as it was before now. */
  storeAt(now: Date): RemovalStore;
  /** A recorder whose collector has recorded for so many days, a first operation included that uses nothing deprecated. */
  startRecorder(days: number, options?: Partial<UsageRecorderOptions>): Promise<UsageRecorder>;
  /** Records a valid operation as a server does, and stores it. */
  execute(query: string, use?: Partial<OperationUse>, variables?: Readonly<Record<string, unknown>>): Promise<void>;
  /** Moves what is recorded of use, and by whom, into the past. */
  age(days: number): Promise<void>;
  query(text: string, ...values: unknown[]): Promise<Record<string, unknown>[]>;
}

const sinceExpanded = (age: string) => `UPDATE choice_field_state SET expanded_at = now() - interval '${age}'`;

/** Registers the hooks that make the world, and forget after each test what was recorded. */
export function useRemovalWorld(loadSchema: () => Promise<GraphQLSchema>): RemovalWorld {
  let crm: TestCrm;
  let schema: GraphQLSchema;
  const recorders: UsageRecorder[] = [];
  beforeAll(async () => {
    schema = await loadSchema();
    crm = await createTestCrm({ phase: 'preferred', fields: [LEAD_INDUSTRY] });
    await world.query(sinceExpanded('60 days'));
  });
  afterEach(async () => {
    await Promise.all(recorders.splice(0).map((recorder) => recorder.close()));
    await world.query(
      'TRUNCATE usage_hour, usage_shape, usage_collector, usage_collector_hour, usage_collector_end, api_client, client_document',
    );
  });
  afterAll(() => crm.close());

  const world: RemovalWorld = {
    get crm() {
      return crm;
    },
    get schema() {
      return schema;
    },
    ask: (question) =>
      judgeRemovals({
        schema,
        version: currentVersion,
        coordinates: INDUSTRY,
        window: WINDOW,
        store: world.storeAt(AFTER_SUNSET),
        dataKey: createRemovalDataKey(crm.owner.sql, choiceRegistry, { window: question?.window ?? WINDOW }),
        ...question,
      }),
    storeAt: (now) => moveStore(createRemovalStore(crm.owner.sql, schema), now),
    async startRecorder(days, options = {}) {
      const [before] = await world.query('SELECT array_agg(process_id) AS ids FROM usage_collector');
      const recorder = await createUsageRecorder(crm.owner.sql, {
        isDeprecated: (coordinate) => INDUSTRY.includes(coordinate),
        flushEveryMs: 600_000,
        ...options,
      });
      recorders.push(recorder);
      await recorder.flush();
      await world.query(
        `UPDATE usage_collector SET started_at = started_at - make_interval(days => $1) WHERE NOT process_id = ANY (coalesce($2, '{}'::uuid[]))`,
        days,
        before!.ids,
      );
      await world.query(
        `INSERT INTO usage_collector_hour SELECT process_id, date_trunc('hour', seen_at), 1, 0, 0 FROM usage_collector
         WHERE NOT process_id = ANY (coalesce($1, '{}'::uuid[]))`,
        before!.ids,
      );
      return recorder;
    },
    async execute(query, use = {}, variables = {}) {
      const version = apiVersions.find(({ name }) => name === (use.version ?? '2026-11'))!;
      const view = viewSchema(schema, version);
      const document = parse(query);
      const mistakes = validate(view, document);
      if (mistakes.length > 0) throw new Error(mistakes.join('\n'));
      recorders[0]!.record({
        version: version.name,
        operation: 'Leads',
        client: 'web',
        clientVersion: '1.4.0',
        tenantId: crm.tenant('acme').id,
        pinned: false,
        used: createCoordinateCollector(view)(document, undefined, variables),
        ...use,
      });
      await recorders[0]!.flush();
    },
    async age(days) {
      await world.query(
        `UPDATE usage_hour SET hour = hour - make_interval(days => $1), last_seen = last_seen - make_interval(days => $1)`,
        days,
      );
      await world.query(
        `UPDATE usage_collector SET started_at = started_at - span, seen_at = seen_at - span, stopped_at = stopped_at - span FROM make_interval(days => $1) AS span`,
        days,
      );
    },
    query: async (text, ...values) => (await crm.owner.pool.query<Record<string, unknown>>(text, values)).rows,
  };
  return world;
}
