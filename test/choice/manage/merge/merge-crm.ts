import type pg from 'pg';
import type { ChoiceField } from '../../../../src/choice/choice-field.ts';
import { legacyExpression } from '../../../../src/choice/derive/legacy-value.ts';
import { mergeChoices, type MergeRequest, type MergeResult } from '../../../../src/choice/manage/merge/merge-choices.ts';
import { settleMerges, type SettleOptions } from '../../../../src/choice/manage/merge/settle-merges.ts';
import { undoChoiceMerge, type UndoRequest, type UndoResult } from '../../../../src/choice/manage/merge/undo-merge.ts';
import type { Phase } from '../../../../src/choice/migrate/phase.ts';
import { readRules } from '../../../../src/choice/rules.ts';
import { choiceRegistry } from '../../../../src/crm/choice-fields.ts';
import { ensureAppRole } from '../../../../src/database/app-role.ts';
import type { Sql } from '../../../../src/database/owner-database.ts';
import { readThrough } from '../../../../src/database/read.ts';
import { sqlOn } from '../../../../src/database/sql-on-client.ts';
import { createTestCrm, type TestCrm } from '../../../harness/test-crm.ts';
import { insertRecord, writeLegacy } from '../../../crm/records.ts';
import { connect } from '../../writers.ts';

export const LEAD = choiceRegistry.field('Lead.industry')!;
export const ACCOUNT = choiceRegistry.field('Account.industry')!;
export const FIELDS = [LEAD, ACCOUNT] as const;

/** Aliases of acme beside the keys: of `finance`, of `tech`, and of `retail`. */
export const ALIASES = { Bank: 'finance', 'IT ': 'tech', Shop: 'retail' } as const;

/** A record as the database has it: its string, wherever it is, and the key of the choice that its ref names itself. */
export type Row = readonly [string: string | null, ref: string | null];

/** A database whose industries are merged and parted by the API's role. */
export interface MergeCrm {
  readonly crm: TestCrm;
  readonly acme: string;
  /** The owner's. */
  readonly client: pg.Client;
  id(key: string): Promise<string>;
  /** Inserts a record of acme with a string. */
  insert(field: ChoiceField, value: string | null): Promise<string>;
  write(field: ChoiceField, id: string, value: string | null): Promise<void>;
  /** By id. */
  read(field: ChoiceField): Promise<Map<string, Row>>;
  /** Where `finance` leads to: the keys of acme's merged choices and of their survivors. */
  readRoots(): Promise<Record<string, string>>;
  /** In a transaction of the API's role, or in one that is given. */
  merge(losers: readonly string[], survivor: string, more?: Partial<MergeRequest>, transaction?: Sql): Promise<MergeResult>;
  undo(loser: string, more?: Partial<UndoRequest>, transaction?: Sql): Promise<UndoResult>;
  /** Does what the run does that the merge asks for. */
  settle(options?: Partial<SettleOptions>): ReturnType<typeof settleMerges>;
  /** A new session: the API's role for acme, or the owner. */
  connect(role?: 'api' | 'owner'): Promise<pg.Client>;
  close(): Promise<void>;
}

/** The industries of acme and globex at a phase. `fill` is carried out before the fields go further than `populated`. */
export async function createMergeCrm(
  phase: Phase,
  fill: (merging: MergeCrm) => Promise<void> = () => Promise.resolve(),
): Promise<MergeCrm> {
  const crm = await createTestCrm({ phase: 'populated', fields: FIELDS });
  const { name } = await ensureAppRole(crm.owner, undefined);
  const clients: pg.Client[] = [];
  const acme = crm.tenant('acme').id;
  const open = async (role: 'api' | 'owner') => {
    const client = await connect(
      crm.database.ownerUrl,
      ...(role === 'owner' ? [] : [`SET ROLE ${name}`, `SET choices.tenant_id = '${acme}'`]),
    );
    clients.push(client);
    return client;
  };
  const client = await open('owner');
  const app = sqlOn(await open('api'));
  const contextOf = async () => ({
    registry: choiceRegistry,
    tenant: crm.tenant('acme'),
    rules: await readRules(readThrough(crm.owner.sql)),
    actor: 'ada',
  });
  const within = <Result>(transaction: Sql | undefined, work: (transaction: Sql) => Promise<Result>) =>
    transaction ? work(transaction) : app.transaction().execute(work);
  const merging: MergeCrm = {
    crm,
    acme,
    client,
    async id(key) {
      const { rows } = await client.query<{ id: string }>('SELECT id FROM industry WHERE tenant_id = $1 AND key = $2', [acme, key]);
      return rows[0]!.id;
    },
    insert: (field, value) => insertRecord(crm, field.table, { industry: value }),
    write: (field, id, value) => writeLegacy(crm, field, id, value),
    async read(field) {
      const { storage } = await readState(client, field);
      const { rows } = await client.query<{ id: string; string: string | null; key: string | null }>(
        `SELECT record.id, ${legacyExpression(field, storage)} AS string, choice.key
         FROM ${field.table} AS record LEFT JOIN industry AS choice ON choice.tenant_id = record.tenant_id AND choice.id = record.industry_id
         WHERE record.tenant_id = $1 ORDER BY record.id`,
        [acme],
      );
      return new Map(rows.map(({ id, string, key }) => [id, [string, key]]));
    },
    async readRoots() {
      const { rows } = await client.query<{ key: string; root: string }>(
        `SELECT choice.key, root.key AS root FROM industry AS choice
         JOIN industry AS root ON root.tenant_id = choice.tenant_id AND root.id = choice.merged_into_id WHERE choice.tenant_id = $1 ORDER BY 1`,
        [acme],
      );
      return Object.fromEntries(rows.map(({ key, root }) => [key, root]));
    },
    async merge(losers, survivor, more, given) {
      const request = {
        type: LEAD.type,
        loserIds: await Promise.all(losers.map(merging.id)),
        survivorId: await merging.id(survivor),
        ...more,
      };
      const context = await contextOf();
      return within(given, (transaction) => mergeChoices(transaction, context, request));
    },
    async undo(loser, more, given) {
      const request = { merge: { type: LEAD.type, loserId: await merging.id(loser) }, ...more };
      const context = await contextOf();
      return within(given, (transaction) => undoChoiceMerge(transaction, context, request));
    },
    settle: (options) => settleMerges(crm.owner.sql, { ...crm.scope, tenants: [crm.tenant('acme')] }, { ...crm.run, ...options }),
    connect: (role = 'api') => open(role),
    async close() {
      await Promise.all(clients.map((each) => each.end()));
      await crm.close();
    },
  };
  for (const [value, key] of Object.entries(ALIASES))
    await client.query('INSERT INTO industry_alias (tenant_id, legacy_value, choice_id) VALUES ($1, $2, $3)', [
      acme,
      value,
      await merging.id(key),
    ]);
  await fill(merging);
  for (const step of [crm.migrate, crm.prefer, crm.contract].slice(0, ['migrated', 'preferred', 'contracted'].indexOf(phase) + 1))
    await step();
  return merging;
}

async function readState(client: pg.Client, field: ChoiceField): Promise<{ storage: 'column' | 'archive' }> {
  const { rows } = await client.query<{ storage: 'column' | 'archive' }>('SELECT storage FROM choice_field_state WHERE field = $1', [
    field.coordinate,
  ]);
  return rows[0]!;
}

/** Inserts a record past every trigger: one that drifts, or was there before its field was expanded. */
export async function insertPastTriggers(
  { client, acme }: MergeCrm,
  field: ChoiceField,
  value: string,
  ref: string | null,
): Promise<string> {
  const others = field === LEAD ? ['first_name', 'last_name', 'email', 'company', 'lead_source'] : ['name'];
  const columns = ['tenant_id', 'industry', 'industry_id', ...others];
  await client.query(`ALTER TABLE ${field.table} DISABLE TRIGGER USER`);
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO ${field.table} (${columns.join(', ')}) VALUES (${columns.map((_, index) => `$${index + 1}`).join(', ')}) RETURNING id`,
    [acme, value, ref, ...others.map((name) => (name === 'lead_source' ? 'web' : 'Example'))],
  );
  await client.query(`ALTER TABLE ${field.table} ENABLE TRIGGER USER`);
  return rows[0]!.id;
}
