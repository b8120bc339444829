import { type RawBuilder, sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import { UsageError } from '../../errors.ts';

/** How far a chain has come: its number of entries and the hash of the latest, in hexadecimal. Whoever keeps it notices a tail that was cut. */
export interface ChainHead {
  readonly sequence: number;
  readonly hash: string;
}

/** Whose chain: a tenant's, or the platform's own (null). */
export interface ChainOwner {
  readonly id: string | null;
  /** What commands call it: the tenant's slug, its id once the tenant is gone, `_platform`. */
  readonly name: string;
}

/** No slug has an underscore. */
export const PLATFORM = '_platform';
/** The hash before the first entry. */
export const NO_HASH = '0'.repeat(64);

/** `12:9af047…` */
export function formatHead({ sequence, hash }: ChainHead): string {
  return `${sequence}:${hash}`;
}

/** A head that somebody kept, and whose; undefined: he does not say. */
export interface KeptHead {
  readonly owner: string | undefined;
  readonly head: ChainHead;
}

/**
 * Reads heads as they were printed, one or many: `acme 12:9af047…`. Before the `=` of `acme=12:9af047…`, or missing, is whose it is.
 * @throws UsageError
 */
export function parseHeads(text: string): KeptHead[] {
  const heads: KeptHead[] = [];
  const pattern = /\s*(?:([^\s=:]+)(?:=|\s+))?(\d{1,15}):([0-9a-f]{64})(?:\s+|$)/iy;
  let end = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const [, owner, sequence, hash] = match;
    heads.push({ owner, head: { sequence: Number(sequence), hash: hash!.toLowerCase() } });
    end = pattern.lastIndex;
  }
  if (heads.length === 0 || end < text.length)
    throw new UsageError(
      `expected a head such as acme 12:${NO_HASH.slice(0, 4)}… with 64 hexadecimal digits, got ${JSON.stringify(text.slice(end, end + 100))}`,
    );
  return heads;
}

/** Whether a chain is called so: by the name or by the id of its tenant. */
export function isCalled({ id, name }: ChainOwner, called: string): boolean {
  return called === name || called === id;
}

/** Every chain there is, the platform's first, then by name. Where only entries are left, the head was taken away: it is as at the beginning. */
export async function listChains(db: Sql): Promise<(ChainOwner & { readonly head: ChainHead })[]> {
  // NULL equals nothing, and only an equality makes a hash join.
  const same = (id: string) => sql.raw(`coalesce(${id}, '00000000-0000-0000-0000-000000000000')`);
  const { rows } = await sql<{ id: string | null; name: string; sequence: string | null; hash: string | null }>`
    SELECT owner.id, coalesce(tenant.slug, owner.id::text, ${PLATFORM}) AS name, chain.sequence, encode(chain.hash, 'hex') AS hash
    FROM (SELECT tenant_id AS id FROM choice_chain UNION SELECT tenant_id FROM choice_change UNION SELECT id FROM tenant UNION SELECT NULL) AS owner
    LEFT JOIN tenant ON tenant.id = owner.id
    LEFT JOIN choice_chain AS chain ON ${same('chain.tenant_id')} = ${same('owner.id')}
    ORDER BY owner.id IS NOT NULL, coalesce(tenant.slug, owner.id::text) COLLATE "C"`.execute(db);
  return rows.map(({ id, name, sequence, hash }) => ({ id, name, head: { sequence: Number(sequence ?? 0), hash: hash ?? NO_HASH } }));
}

/** The heads of so many chains, those that changed last, and how many chains have entries. Ids, no slugs: they go where names do not belong. */
export async function readLatestHeads(
  db: Sql,
  limit: number,
): Promise<{ readonly chains: number; readonly heads: (ChainHead & { readonly tenant: string })[] }> {
  const { rows } = await sql<ChainHead & { tenant: string; chains: number }>`
    SELECT coalesce(tenant_id::text, ${PLATFORM}) AS tenant, sequence::float8 AS sequence, encode(hash, 'hex') AS hash, count(*) OVER ()::int AS chains
    FROM choice_chain WHERE sequence > 0 ORDER BY changed_at DESC, tenant_id LIMIT ${limit}`.execute(db);
  return { chains: rows[0]?.chains ?? 0, heads: rows };
}

/** SQL: whether a row is of that chain. With ORDER BY tenant_id, sequence an index serves it. */
export function isOf({ id }: Pick<ChainOwner, 'id'>): RawBuilder<boolean> {
  return id === null ? sql`tenant_id IS NULL` : sql`tenant_id = ${id}`;
}
