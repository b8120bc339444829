import type pg from 'pg';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import { type Kind, KINDS } from './dataset.ts';

/** Keeps what the records are, behind the API's back. The session needs a superuser: to put rows back no trigger may fire. */
export async function saveRecords(superuser: pg.Client): Promise<void> {
  await superuser.query(
    `DROP SCHEMA IF EXISTS saved CASCADE; CREATE SCHEMA saved; ${KINDS.map((kind) => `CREATE TABLE saved.${kind} AS TABLE public.${kind}; ALTER TABLE saved.${kind} ADD PRIMARY KEY (tenant_id, id)`).join('; ')}`,
  );
}

/** Makes the records what they were, refs included. */
export async function restoreRecords(superuser: pg.Client): Promise<void> {
  await superuser.query(
    `BEGIN; SET LOCAL session_replication_role = replica; ${KINDS.map(
      (kind) => `
        DELETE FROM public.${kind} AS now WHERE NOT EXISTS (SELECT FROM saved.${kind} AS old WHERE (old.tenant_id, old.id) = (now.tenant_id, now.id) AND old IS NOT DISTINCT FROM now);
        INSERT INTO public.${kind} SELECT * FROM saved.${kind} ON CONFLICT DO NOTHING;`,
    ).join('')} COMMIT`,
  );
}

/**
 * What became of the records since, as one text that is the same whenever the same was written: a new record's id and the times
 * of writing are not in it, nor is the ref, which a migration moves.
 */
export async function describeChanges(superuser: pg.Client): Promise<string> {
  const { rows } = await superuser.query<{ kind: Kind; was: Row | null; is: Row | null }>(
    KINDS.map(
      (kind) => `
        SELECT '${kind}' AS kind, tenant_id, id, to_jsonb(old) AS was, to_jsonb(now) AS is FROM public.${kind} AS now FULL JOIN saved.${kind} AS old USING (tenant_id, id)
        WHERE now IS DISTINCT FROM old`,
    ).join(' UNION ALL ') + ' ORDER BY kind, tenant_id, id',
  );
  return rows.map(({ kind, was, is }) => `${kind} ${is ? describeRow(kind, was, is) : `${was!.id as string} is gone`}`).join('\n');
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
