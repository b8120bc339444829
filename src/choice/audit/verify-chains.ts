import { sql } from 'kysely';
import { CHANGE_PAYLOAD } from '../../database/migrations/0007-choice-audit-functions.ts';
import type { Sql } from '../../database/owner-database.ts';
import { type ChainHead, type ChainOwner, formatHead, isCalled, isOf, type KeptHead, NO_HASH } from './chain-head.ts';
import { type ChainEntry, type ChainFault, createChainWalk } from './chain-walk.ts';

export interface AuditFinding extends Omit<ChainFault, 'code'> {
  readonly code: ChainFault['code'] | 'NOT_THERE';
  /** Whose chain; null: it is not known. */
  readonly tenant: string | null;
}

export interface AuditVerification {
  readonly ok: boolean;
  readonly chains: readonly (ChainOwner & { readonly head: ChainHead })[];
  readonly findings: readonly AuditFinding[];
}

/** How many entries are read at once. */
const BATCH = 5_000;

export interface AuditVerificationOptions {
  /** Each must be an entry of its chain still; where it names none of those that are verified, of any of them. */
  readonly expected?: readonly KeptHead[];
  /** What it throws ends the verification between two chains. */
  readonly onChain?: (done: number, total: number) => void;
}

/**
 * Computes the hash of every entry anew, and follows each of the chains from its first entry to its head: names the first of each chain that was
 * altered, is missing or was put in. What was cut off a chain together with its head shows by an expected head alone. It reads in batches,
 * each chain in one snapshot, and writes nothing.
 */
export async function verifyChains(
  db: Sql,
  asked: readonly ChainOwner[],
  { expected = [], onChain }: AuditVerificationOptions = {},
): Promise<AuditVerification> {
  const chains: AuditVerification['chains'][number][] = [];
  const findings: AuditFinding[] = [];
  const lost = new Set(expected);
  const isGone = ({ owner }: KeptHead) => owner !== undefined && !asked.some((chain) => isCalled(chain, owner));
  for (const [done, owner] of asked.entries()) {
    onChain?.(done, asked.length);
    await inSnapshot(db, async (snapshot) => {
      const head = await readHead(snapshot, owner);
      chains.push({ id: owner.id, name: owner.name, head });
      const fault = await findFault(snapshot, owner, head);
      if (fault !== undefined) findings.push({ ...fault, tenant: owner.name });
      for (const each of lost) {
        const isMeant = each.owner === undefined || isCalled(owner, each.owner) || isGone(each);
        if (isMeant && (await hasEntry(snapshot, owner, each.head))) lost.delete(each);
      }
    });
  }
  onChain?.(asked.length, asked.length);
  for (const each of lost)
    findings.push({
      code: 'NOT_THERE',
      tenant: each.owner ?? (asked.length === 1 ? asked[0]!.name : null),
      sequence: each.head.sequence,
      message: `no entry is ${formatHead(each.head)}: ${isGone(each) ? 'there is no such chain' : 'the chain was cut off before it, or written anew'}`,
    });
  return { ok: findings.length === 0, chains, findings };
}

/** No function or operator of somebody else's stands before those of PostgreSQL. */
function inSnapshot<Result>(db: Sql, work: (snapshot: Sql) => Promise<Result>): Promise<Result> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (snapshot) => {
      await sql`SET LOCAL search_path = pg_catalog, public, pg_temp`.execute(snapshot);
      return work(snapshot);
    });
}

async function findFault(snapshot: Sql, owner: ChainOwner, head: ChainHead): Promise<ChainFault | undefined> {
  const walk = createChainWalk(head);
  for await (const batch of readBatches(snapshot, owner))
    for (const row of batch) {
      const fault = walk.step({ ...row, sequence: Number(row.sequence) });
      if (fault !== undefined) return fault;
    }
  return walk.end();
}

type StoredEntry = Omit<ChainEntry, 'sequence'> & { readonly sequence: string };

async function* readBatches(snapshot: Sql, owner: ChainOwner): AsyncGenerator<readonly StoredEntry[]> {
  let last: StoredEntry | undefined;
  do {
    const beyond = last === undefined ? sql`` : sql`AND sequence > ${last.sequence}`;
    const { rows } = await sql<StoredEntry>`
      SELECT sequence, ${sql.raw(CHANGE_PAYLOAD)} AS payload, encode(previous, 'hex') AS previous, encode(hash, 'hex') AS hash
      FROM choice_change AS entry WHERE ${isOf(owner)} ${beyond}
      ORDER BY tenant_id, sequence LIMIT ${BATCH}`.execute(snapshot);
    yield rows;
    last = rows.length < BATCH ? undefined : rows.at(-1);
  } while (last !== undefined);
}

async function readHead(snapshot: Sql, owner: ChainOwner): Promise<ChainHead> {
  const { rows } = await sql<{ sequence: string; hash: string }>`
    SELECT sequence, encode(hash, 'hex') AS hash FROM choice_chain WHERE ${isOf(owner)}`.execute(snapshot);
  return { sequence: Number(rows[0]?.sequence ?? 0), hash: rows[0]?.hash ?? NO_HASH };
}

/** A chain begins without an entry. */
async function hasEntry(snapshot: Sql, owner: ChainOwner, { sequence, hash }: ChainHead): Promise<boolean> {
  if (sequence === 0) return hash === NO_HASH;
  const { rows } = await sql`
    SELECT FROM choice_change WHERE ${isOf(owner)} AND sequence = ${sequence} AND hash = decode(${hash}, 'hex')`.execute(snapshot);
  return rows.length > 0;
}
