import type pg from 'pg';
import { type KeptHead, listChains } from '../../../src/choice/audit/chain-head.ts';
import { verifyChains } from '../../../src/choice/audit/verify-chains.ts';
import type { TestCrm } from '../../harness/test-crm.ts';

/** An entry as the database keeps it. */
export interface StoredChange {
  readonly tenant_id: string | null;
  readonly sequence: string;
  readonly actor: string;
  readonly role: string;
  readonly application: string;
  readonly request_id: string | null;
  readonly operation: string | null;
  readonly group_id: string;
  readonly reason: string | null;
  readonly kind: string;
  readonly type: string;
  readonly object: string;
  readonly action: string;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
  readonly records: string | null;
}

/** The entries of a chain after one of them, in order; null: the platform's chain. */
export async function readChanges(client: pg.Client | pg.Pool, tenantId: string | null, after = 0): Promise<StoredChange[]> {
  const { rows } = await (client as pg.Pool).query<StoredChange>(
    'SELECT * FROM choice_change WHERE tenant_id IS NOT DISTINCT FROM $1 AND sequence > $2 ORDER BY sequence',
    [tenantId, after],
  );
  return rows;
}

export async function readSequence(client: pg.Client | pg.Pool, tenantId: string | null): Promise<number> {
  const { rows } = await (client as pg.Pool).query<{ sequence: string }>(
    'SELECT sequence FROM choice_chain WHERE tenant_id IS NOT DISTINCT FROM $1',
    [tenantId],
  );
  return Number(rows[0]?.sequence ?? 0);
}

/** Verifies every chain. */
export async function verifyAll({ owner }: Pick<TestCrm, 'owner'>, ...expected: readonly KeptHead[]) {
  return verifyChains(owner.sql, await listChains(owner.sql), { expected });
}

/** Changes what is kept as somebody does who may: with the triggers off. */
export async function tamper(client: pg.Client, statements: string): Promise<void> {
  const switchAll = (state: string) =>
    client.query(`ALTER TABLE choice_change ${state} TRIGGER USER; ALTER TABLE choice_chain ${state} TRIGGER USER`);
  await switchAll('DISABLE');
  try {
    await client.query(statements);
  } finally {
    await switchAll('ENABLE');
  }
}
