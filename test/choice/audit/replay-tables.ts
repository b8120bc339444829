import { expect } from '@jest/globals';
import type pg from 'pg';
import { readChanges } from './chains.ts';

/** The tables as they are, each row under its kind, its type and what names it. */
export async function readTables(client: pg.Client, tenantId: string): Promise<Map<string, unknown>> {
  const { rows: types } = await client.query<{ name: string }>(
    `SELECT tgrelid::regclass::text AS name FROM pg_trigger WHERE tgname = 'guard_choice' AND NOT tgisinternal`,
  );
  const without = `- '{tenant_id,version,updated_at}'::text[]`;
  const parts = [
    ...types.flatMap(({ name }) => [
      `SELECT 'choice', '${name}', id::text, to_jsonb(line) ${without} FROM ${name} AS line WHERE tenant_id = $1`,
      `SELECT 'alias', '${name}', legacy_value, to_jsonb(line) ${without} FROM ${name}_alias AS line WHERE tenant_id = $1`,
    ]),
    `SELECT 'phase', field, field, jsonb_build_object('phase', phase) FROM choice_tenant_state WHERE tenant_id = $1`,
    `SELECT 'acceptance', field, legacy_value, to_jsonb(line) ${without} FROM choice_acceptance AS line WHERE tenant_id = $1`,
    `SELECT 'default', field, field, to_jsonb(line) ${without} FROM choice_default AS line WHERE tenant_id = $1`,
  ];
  await client.query(`SET TimeZone = 'UTC'`);
  const { rows } = await client.query<{ name: string[]; content: unknown }>(
    `SELECT ARRAY[kind, type, object] AS name, content FROM (${parts.join(' UNION ALL ')}) AS lines (kind, type, object, content)`,
    [tenantId],
  );
  return new Map(rows.map(({ name, content }) => [JSON.stringify(name), content]));
}

/** The tables as the entries make them from nothing; each finds what it says was there before, but for columns that are new since. */
export async function replayChanges(client: pg.Client, tenantId: string): Promise<Map<string, unknown>> {
  const state = new Map<string, Readonly<Record<string, unknown>>>();
  for (const { kind, type, object, before, after } of await readChanges(client, tenantId)) {
    const name = JSON.stringify([kind, type, object]);
    const found = state.get(name);
    expect([name, found === undefined ? null : { ...before, ...found }]).toEqual([name, before]);
    if (after === null) state.delete(name);
    else state.set(name, after);
  }
  return state;
}
