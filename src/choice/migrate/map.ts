import { sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import { readThrough } from '../../database/read.ts';
import { waitForOlderTransactions } from '../../database/older-transactions.ts';
import { BlockedError, OperationError, UsageError } from '../../errors.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import type { ChoiceField } from '../choice-field.ts';
import type { ChoiceRegistry } from '../choice-registry.ts';
import { resolveExpression } from '../derive/resolve.ts';
import { readFieldPhases } from './phase.ts';
import { retryConflicts, StaleResolutionError } from './retry-conflicts.ts';
import { assertSeesEveryRow } from './row-security.ts';
import type { RunOptions } from './run.ts';

export interface Mapping {
  readonly registry: ChoiceRegistry;
  readonly field: ChoiceField;
  readonly tenant: Tenant;
  readonly pairs: readonly { readonly value: string; readonly key: string }[];
  /** Moves a value that is mapped already, and the refs that came from it. */
  readonly remap: boolean;
}

export interface MapResult {
  readonly ok: true;
  readonly mapped: readonly {
    readonly value: string;
    readonly key: string;
    readonly added: boolean;
    /** Rows of this field that carry the value and have no ref yet: `choices migrate` moves them. */
    readonly rows: number;
    /** Rows, of every field of the type, whose ref moved to the new choice. */
    readonly remapped: number;
  }[];
}

/** `openTransactionCap`: how long to wait for older transactions after refs were moved, in milliseconds. */
export type MapOptions = RunOptions & { readonly openTransactionCap?: number };

/** What an alias maps its value to. */
interface Alias {
  readonly value: string;
  readonly key: string;
  readonly survivor_id: string;
  readonly deleted: boolean;
}

interface Target {
  readonly value: string;
  readonly key: string;
  /** The survivor that the value is to resolve to. */
  readonly choiceId: string;
  readonly alias: Alias | undefined;
}

const BATCH_SIZE = 2_000;
const OPEN_TRANSACTION_CAP = 60_000;

/**
 * Maps legacy values to choices of a tenant, all or none. A value that resolves to the same choice already is left as it is.
 * @throws UsageError for a key that the tenant does not have; BlockedError for a value that is mapped to another choice, without
 * `remap`; OperationError where a transaction that may still write the old choice outlives `openTransactionCap`.
 */
export async function mapValues(db: Sql, mapping: Mapping, options: MapOptions): Promise<MapResult> {
  await assertSeesEveryRow(db, mapping.registry.fieldsOfType(mapping.field.type));
  const users = await findExpandedUsers(db, mapping);
  const targets = await db.transaction().execute(async (transaction) => {
    // One writer of aliases at a time per type and tenant: what is checked here still holds at commit.
    await sql`SELECT pg_advisory_xact_lock(hashtext(${`map ${mapping.field.type.name} ${mapping.tenant.id}`}))`.execute(transaction);
    const found = await findTargets(transaction, mapping);
    if (!options.dryRun) for (const target of found) await writeAlias(transaction, mapping, target);
    return found;
  });

  const remapped = mapping.remap
    ? await remapTargets(
        db,
        mapping.tenant,
        users,
        targets.filter((target) => target.alias),
        options,
      )
    : new Map<Target, number>();
  const mapped = [];
  for (const target of targets)
    mapped.push({
      value: target.value,
      key: target.key,
      added: target.alias === undefined,
      rows: await countUnset(db, mapping, target),
      remapped: remapped.get(target) ?? 0,
    });
  return { ok: true, mapped };
}

/** The fields of the type that have a ref column by now. */
async function findExpandedUsers(db: Sql, { registry, field, tenant }: Mapping): Promise<ChoiceField[]> {
  const phases = await readFieldPhases(readThrough(db));
  if (!phases.has(field.coordinate))
    throw new BlockedError([
      {
        code: 'NOT_EXPANDED',
        field: field.coordinate,
        tenant: tenant.slug,
        message: `${field.coordinate} is at phase legacy. Run: choices expand --field ${field.coordinate}`,
      },
    ]);
  return registry.fieldsOfType(field.type).filter((user) => phases.has(user.coordinate));
}

async function findTargets(db: Sql, mapping: Mapping): Promise<Target[]> {
  const { field, tenant, pairs } = mapping;
  const { rows: choices } = await sql<{ key: string; survivor_id: string }>`
    SELECT choice.key, survivor.id AS survivor_id
    FROM ${sql.table(field.type.table)} AS choice
    JOIN ${sql.table(field.type.table)} AS survivor ON survivor.tenant_id = choice.tenant_id AND survivor.id = coalesce(choice.merged_into_id, choice.id)
    WHERE choice.tenant_id = ${tenant.id} AND survivor.deleted_at IS NULL ORDER BY choice.position, choice.id`.execute(db);
  if (choices.length === 0)
    throw new BlockedError([
      {
        code: 'NOT_POPULATED',
        field: field.coordinate,
        tenant: tenant.slug,
        message: `${tenant.slug} has no choices of type ${field.type.name} yet. Run: choices populate --field ${field.coordinate} --tenant ${tenant.slug}`,
      },
    ]);
  const aliases = await readAliases(db, mapping);

  const targets = new Map<string, Target>();
  for (const { value, key } of pairs) {
    const choice = choices.find((candidate) => candidate.key === key);
    if (!choice)
      throw new UsageError(
        `${tenant.slug} has no ${field.type.name} with the key "${key}". Expected one of: ${choices.map((known) => known.key).join(', ')}`,
      );
    const longest = Math.max(...mapping.registry.fieldsOfType(field.type).map((user) => user.length));
    if ([...value].length > longest)
      throw new UsageError(`A value of ${field.type.name} has at most ${longest} characters, got ${[...value].length}`);
    if (value === '') throw new UsageError(`An empty value means "no choice" and cannot be mapped`);
    const earlier = targets.get(value);
    if (earlier && earlier.choiceId !== choice.survivor_id)
      throw new UsageError(`The value ${JSON.stringify(value)} is mapped twice: to "${earlier.key}" and to "${key}"`);
    const target = { value, key, choiceId: choice.survivor_id, alias: aliases.find((candidate) => candidate.value === value) };
    if (target.alias) assertMovable(mapping, target, target.alias);
    targets.set(value, target);
  }
  return [...targets.values()];
}

function assertMovable({ field, tenant, remap }: Mapping, { value, key, choiceId }: Target, alias: Alias): void {
  if (alias.survivor_id === choiceId) return;
  if (alias.key === value)
    throw new UsageError(
      alias.deleted
        ? `"${value}" is the key of a deleted choice and stays with it. Its rows can be accepted as they are`
        : `"${value}" is the key of a choice and cannot be mapped to another. Merge the choices instead`,
    );
  if (!remap)
    throw new BlockedError([
      {
        code: 'ALREADY_MAPPED',
        field: field.coordinate,
        tenant: tenant.slug,
        message: `${JSON.stringify(value)} is mapped to ${alias.deleted ? 'a deleted choice' : `"${alias.key}"`} already. --remap moves it, and the refs that came from it, to "${key}"`,
      },
    ]);
}

async function readAliases(db: Sql, { field, tenant, pairs }: Mapping): Promise<Alias[]> {
  const choices = sql.table(field.type.table);
  const { rows } = await sql<Alias>`
    SELECT alias.legacy_value AS value, choice.key, survivor.id AS survivor_id, survivor.deleted_at IS NOT NULL AS deleted
    FROM ${sql.table(field.type.aliasTable)} AS alias
    JOIN ${choices} AS choice ON choice.tenant_id = alias.tenant_id AND choice.id = alias.choice_id
    JOIN ${choices} AS survivor ON survivor.tenant_id = choice.tenant_id AND survivor.id = coalesce(choice.merged_into_id, choice.id)
    WHERE alias.tenant_id = ${tenant.id} AND alias.legacy_value = ANY (${pairs.map((pair) => pair.value)}::text[])`.execute(db);
  return rows;
}

async function writeAlias(transaction: Sql, { field, tenant }: Mapping, { value, choiceId, alias }: Target): Promise<void> {
  const aliases = sql.table(field.type.aliasTable);
  if (alias === undefined)
    await sql`INSERT INTO ${aliases} (tenant_id, legacy_value, choice_id) VALUES (${tenant.id}, ${value}, ${choiceId})`.execute(
      transaction,
    );
  else if (alias.survivor_id !== choiceId)
    await sql`UPDATE ${aliases} SET choice_id = ${choiceId} WHERE tenant_id = ${tenant.id} AND legacy_value = ${value}`.execute(
      transaction,
    );
}

async function countUnset(db: Sql, { field, tenant }: Mapping, target: Target): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*)::int AS count FROM ${sql.table(field.table)}
    WHERE tenant_id = ${tenant.id} AND ${sql.id(field.legacyColumn)} = ${target.value} AND ${sql.id(field.refColumn)} IS NULL`.execute(db);
  return rows[0]!.count;
}

/** Moves the refs, waits for whoever could not see the new alias yet, and moves what they wrote. */
async function remapTargets(
  db: Sql,
  tenant: Tenant,
  users: readonly ChoiceField[],
  targets: readonly Target[],
  options: MapOptions,
): Promise<Map<Target, number>> {
  const remapped = new Map<Target, number>();
  for (const target of targets)
    remapped.set(
      target,
      options.dryRun ? await countElsewhere(db, tenant, users, target) : await moveRefs(db, tenant, users, target, options),
    );
  if (options.dryRun || targets.length === 0) return remapped;

  const open = await waitForOlderTransactions(db, options.openTransactionCap ?? OPEN_TRANSACTION_CAP);
  for (const target of targets) remapped.set(target, remapped.get(target)! + (await moveRefs(db, tenant, users, target, options)));
  if (open.length > 0)
    throw new OperationError(
      `The values are mapped and their refs moved, but ${open.map(({ pid, application }) => `pid ${pid} (${application})`).join(', ')} has had a transaction open ` +
        `since before, and may still write a row with the old choice. End it, then run the same command again`,
    );
  return remapped;
}

async function countElsewhere(db: Sql, tenant: Tenant, users: readonly ChoiceField[], target: Target): Promise<number> {
  let count = 0;
  for (const user of users) {
    const { rows } = await sql<{ count: number }>`
      SELECT count(*)::int AS count FROM ${sql.table(user.table)}
      WHERE tenant_id = ${tenant.id} AND ${sql.id(user.legacyColumn)} = ${target.value} AND ${sql.id(user.refColumn)} <> ${target.choiceId}`.execute(
      db,
    );
    count += rows[0]!.count;
  }
  return count;
}

/** In batches, rows locked first; a run that was cut off is finished by the same command. */
async function moveRefs(db: Sql, tenant: Tenant, users: readonly ChoiceField[], target: Target, options: RunOptions): Promise<number> {
  let moved = 0;
  for (const user of users) {
    for (let batch = BATCH_SIZE; batch > 0;) {
      batch = await retryConflicts(() => db.transaction().execute((transaction) => moveBatch(transaction, user, tenant, target.value)));
      moved += batch;
      options.onProgress({ step: 'remap', field: user.coordinate, tenant: tenant.slug, done: moved });
    }
  }
  return moved;
}

/** To what the value resolves to now: the target itself may have been merged or remapped meanwhile. */
async function moveBatch(transaction: Sql, field: ChoiceField, tenant: Tenant, value: string): Promise<number> {
  const legacy = sql.id(field.legacyColumn);
  const ref = sql.id(field.refColumn);
  const { rows } = await sql<{ moved: number; stale: boolean }>`
    WITH wanted AS MATERIALIZED (SELECT ${tenant.id}::uuid AS tenant_id, ${value}::text AS value),
    target AS MATERIALIZED (SELECT ${sql.raw(resolveExpression(field.type, 'wanted.tenant_id', 'wanted.value'))} AS id FROM wanted),
    batch AS MATERIALIZED (
      SELECT tenant_id, id FROM ${sql.table(field.table)}
      WHERE tenant_id = ${tenant.id} AND ${legacy} = ${value} AND ${ref} <> (SELECT id FROM target)
      LIMIT ${BATCH_SIZE} FOR NO KEY UPDATE
    ),
    moved AS (
      UPDATE ${sql.table(field.table)} AS record SET ${ref} = target.id
      FROM batch CROSS JOIN target
      WHERE record.tenant_id = batch.tenant_id AND record.id = batch.id
      RETURNING record.${legacy} IS DISTINCT FROM ${value} AS rewritten
    )
    SELECT count(*)::int AS moved, coalesce(bool_or(rewritten), false) AS stale FROM moved`.execute(transaction);
  const { moved, stale } = rows[0]!;
  if (stale) throw new StaleResolutionError(`${field.coordinate}: an alias of ${tenant.slug} changed while its refs moved`);
  return moved;
}
