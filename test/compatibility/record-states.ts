import pg from 'pg';
import { restoredExpression } from '../../src/choice/derive/legacy-value.ts';
import { readFieldState } from '../../src/choice/migrate/read-regime.ts';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import type { TestCrm } from '../harness/test-crm.ts';
import { type Kind, KINDS } from './dataset.ts';

/** Every table that a write of a record may reach, and its key. */
const TABLES = [...KINDS.map((kind) => [kind, 'tenant_id, id'] as const), ['choice_archive', 'tenant_id, field, record_id'] as const];

/** What the records are, kept behind the API's back. */
export interface RecordStates {
  /** Keeps what the records are now. */
  save(): Promise<void>;
  /** Makes them that again, refs and archive included. */
  restore(): Promise<void>;
  /**
   * What became of the records since, as one text that is the same whenever the same was written: a new record's id and the times
   * of writing are not in it, nor is the ref, which a migration moves, nor where a legacy string is kept.
   */
  describeChanges(): Promise<string>;
  close(): Promise<void>;
}

/** For where the fields are kept now, by a session of its own: plans that it keeps are good for nothing else. */
export async function openRecordStates(crm: TestCrm): Promise<RecordStates> {
  const stateOf = await describeStates(crm);
  const select = (more = '') =>
    KINDS.map((kind) => `SELECT '${kind}' AS kind, tenant_id, id, ${stateOf(kind)} AS state FROM public.${kind} AS record ${more}`).join(
      ' UNION ALL ',
    );
  // To put rows back no trigger may fire.
  const session = new pg.Client({ connectionString: crm.database.superuserUrl, options: '-c session_replication_role=replica' });
  await session.connect();
  /** What was there when the records last were what was saved. */
  let snapshot = '';
  return {
    save: async () => {
      await session.query(
        `DROP SCHEMA IF EXISTS saved CASCADE; CREATE SCHEMA saved;
         ${TABLES.map(([table, key]) => `CREATE TABLE saved.${table} AS TABLE public.${table}; ALTER TABLE saved.${table} ADD PRIMARY KEY (${key})`).join('; ')};
         CREATE TABLE saved.state AS ${select()}; ALTER TABLE saved.state ADD PRIMARY KEY (kind, tenant_id, id);
         CREATE FUNCTION saved.restore(snapshot pg_snapshot) RETURNS void LANGUAGE plpgsql AS $$ BEGIN ${TABLES.map(
           ([table, key]) => `
             DELETE FROM public.${table} AS now WHERE ${isWrittenSince('snapshot')};
             INSERT INTO public.${table} ${selectGone(table, key, 'old.*')};`,
         ).join('')} END $$`,
      );
      await session.query(['state', ...TABLES.map(([table]) => table)].map((table) => `ANALYZE saved.${table}`).join('; '));
      snapshot = await takeSnapshot(session);
    },
    restore: async () => {
      await session.query(`SELECT saved.restore('${snapshot}')`);
      snapshot = await takeSnapshot(session);
    },
    describeChanges: async () => {
      const { rows } = await session.query<{ kind: Kind; was: Row | null; is: Row | null }>({
        name: 'changes',
        text: `WITH changed AS MATERIALIZED (${selectTouched('$1')}),
         now AS (${select('JOIN changed USING (tenant_id, id)')})
         SELECT kind, old.state AS was, now.state AS is
         FROM changed JOIN saved.state AS old USING (tenant_id, id) FULL JOIN now USING (kind, tenant_id, id)
         WHERE now.state IS DISTINCT FROM old.state ORDER BY kind, tenant_id, id`,
        values: [snapshot],
      });
      return rows.map(({ kind, was, is }) => `${kind} ${is ? describeRow(kind, was, is) : `${was!.id as string} is gone`}`).join('\n');
    },
    close: () => session.end(),
  };
}

/** Of a transaction of its own: what is done by then is in it. */
async function takeSnapshot(session: pg.Client): Promise<string> {
  return (await session.query<{ snapshot: string }>('SELECT pg_current_snapshot()::text AS snapshot')).rows[0]!.snapshot;
}

/** A record as one object, with its legacy strings wherever they are kept. */
async function describeStates({ owner }: TestCrm): Promise<(kind: Kind) => string> {
  const restored = new Map<string, string[]>();
  for (const field of choiceRegistry.fields) {
    const { regime } = await readFieldState(owner.sql, field);
    if (regime === 'archive' || regime === 'restore')
      restored.set(field.table, [...(restored.get(field.table) ?? []), `'${field.legacyColumn}', ${restoredExpression(field)}`]);
  }
  return (kind) => `to_jsonb(record) || jsonb_build_object(${(restored.get(kind) ?? []).join(', ')})`;
}

/** The records that were written since a snapshot, or are gone, themselves or in the archive. Kinds have no id in common. */
function selectTouched(snapshot: string): string {
  return TABLES.flatMap(([table, key]) => {
    const id = key.split(', ').at(-1)!;
    return [
      `SELECT tenant_id, ${id} AS id FROM public.${table} AS now WHERE ${isWrittenSince(snapshot)}`,
      selectGone(table, key, `tenant_id, ${id}`),
    ];
  }).join(' UNION ');
}

/**
 * Whether a row of `now` was written by a transaction that the snapshot does not see: every write leaves its transaction's id, which
 * says more than a comparison of values and takes less. No server of a test gets to a second epoch of ids.
 */
function isWrittenSince(snapshot: string): string {
  return `NOT pg_visible_in_snapshot(now.xmin::text::xid8, ${snapshot})`;
}

function selectGone(table: string, key: string, columns: string): string {
  return `SELECT ${columns} FROM saved.${table} AS old WHERE NOT EXISTS (SELECT FROM public.${table} AS now WHERE (${qualify('now', key)}) = (${qualify('old', key)}))`;
}

function qualify(alias: string, columns: string): string {
  return columns.replace(/\w+/g, `${alias}.$&`);
}

type Row = Readonly<Record<string, unknown>>;

function describeRow(kind: Kind, was: Row | null, is: Row): string {
  const refs = choiceRegistry.fields.filter((field) => field.table === kind).map((field) => field.refColumn);
  return JSON.stringify(
    Object.entries(is)
      .filter(([name]) => !refs.includes(name))
      .map(([name, value]) => describeValue(name, value, was)),
  );
}

function describeValue(name: string, value: unknown, was: Row | null): unknown {
  if (was === null && ['id', 'created_at', 'updated_at'].includes(name)) return [name, 'new'];
  return name === 'updated_at' && value !== was?.[name] ? [name, 'later'] : [name, value];
}
