import { sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import { BlockedError, UsageError } from '../../errors.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import type { ChoiceField } from '../choice-field.ts';
import type { ChoiceRegistry } from '../choice-registry.ts';
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

interface Target {
  readonly value: string;
  readonly key: string;
  readonly choiceId: string;
  readonly mappedTo: string | null;
  readonly mappedKey: string | null;
}

const BATCH_SIZE = 2_000;

/**
 * Maps legacy values to choices of a tenant, all or none. A value that is mapped to the same choice already is left as it is.
 * @throws UsageError for a key that the tenant does not have; BlockedError for a value that is mapped to another choice, without `remap`.
 */
export async function mapValues(db: Sql, mapping: Mapping, options: RunOptions): Promise<MapResult> {
  const targets = await db.transaction().execute(async (transaction) => {
    // One writer of aliases at a time per type and tenant: what is checked here still holds at commit.
    await sql`SELECT pg_advisory_xact_lock(hashtext(${`map ${mapping.field.type.name} ${mapping.tenant.id}`}))`.execute(transaction);
    const found = await findTargets(transaction, mapping);
    if (!options.dryRun) for (const target of found) await writeAlias(transaction, mapping, target);
    return found;
  });

  const mapped = [];
  for (const target of targets) {
    const moves = target.mappedTo !== null && mapping.remap;
    mapped.push({
      value: target.value,
      key: target.key,
      added: target.mappedTo === null,
      rows: await countUnset(db, mapping, target),
      remapped: !moves ? 0 : options.dryRun ? await countElsewhere(db, mapping, target) : await moveRefs(db, mapping, target, options),
    });
  }
  return { ok: true, mapped };
}

async function findTargets(db: Sql, mapping: Mapping): Promise<Target[]> {
  const { field, tenant, pairs } = mapping;
  const { rows: choices } = await sql<{ id: string; key: string; survivor_id: string }>`
    SELECT choice.id, choice.key, survivor.id AS survivor_id
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
  const { rows: aliases } = await sql<{ value: string; choice_id: string }>`
    SELECT legacy_value AS value, choice_id FROM ${sql.table(field.type.aliasTable)}
    WHERE tenant_id = ${tenant.id} AND legacy_value = ANY (${pairs.map((pair) => pair.value)}::text[])`.execute(db);

  const targets = new Map<string, Target>();
  for (const { value, key } of pairs) {
    const choice = choices.find((candidate) => candidate.key === key);
    if (!choice) throw new UsageError(`${tenant.slug} has no ${field.type.name} with the key "${key}". Expected one of: ${choices.map((known) => known.key).join(', ')}`);
    if (value === '') throw new UsageError(`An empty value means "no choice" and cannot be mapped`);
    const earlier = targets.get(value);
    if (earlier && earlier.choiceId !== choice.survivor_id) throw new UsageError(`The value ${JSON.stringify(value)} is mapped twice: to "${earlier.key}" and to "${key}"`);
    const alias = aliases.find((candidate) => candidate.value === value);
    const mappedTo = alias ? choices.find((candidate) => candidate.id === alias.choice_id) : undefined;
    targets.set(value, { value, key, choiceId: choice.survivor_id, mappedTo: alias?.choice_id ?? null, mappedKey: mappedTo?.key ?? null });
    if (mappedTo?.key === value && mappedTo.survivor_id !== choice.survivor_id) throw new UsageError(`"${value}" is the key of a choice and cannot be mapped to another. Merge the choices instead`);
    if (alias && !mapping.remap && mappedTo?.survivor_id !== choice.survivor_id)
      throw new BlockedError([
        {
          code: 'ALREADY_MAPPED',
          field: field.coordinate,
          tenant: tenant.slug,
          message: `${JSON.stringify(value)} is mapped to "${mappedTo?.key ?? 'a deleted choice'}" already. --remap moves it, and the refs that came from it, to "${key}"`,
        },
      ]);
  }
  return [...targets.values()];
}

async function writeAlias(transaction: Sql, { field, tenant }: Mapping, target: Target): Promise<void> {
  const aliases = sql.table(field.type.aliasTable);
  if (target.mappedTo === null) await sql`INSERT INTO ${aliases} (tenant_id, legacy_value, choice_id) VALUES (${tenant.id}, ${target.value}, ${target.choiceId})`.execute(transaction);
  else if (target.mappedKey !== target.value)
    await sql`UPDATE ${aliases} SET choice_id = ${target.choiceId} WHERE tenant_id = ${tenant.id} AND legacy_value = ${target.value} AND choice_id <> ${target.choiceId}`.execute(transaction);
}

async function countUnset(db: Sql, { field, tenant }: Mapping, target: Target): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*)::int AS count FROM ${sql.table(field.table)}
    WHERE tenant_id = ${tenant.id} AND ${sql.id(field.legacyColumn)} = ${target.value} AND ${sql.id(field.refColumn)} IS NULL`.execute(db);
  return rows[0]!.count;
}

async function countElsewhere(db: Sql, { registry, field, tenant }: Mapping, target: Target): Promise<number> {
  let count = 0;
  for (const user of registry.fieldsOfType(field.type)) {
    const { rows } = await sql<{ count: number }>`SELECT count(*)::int AS count FROM ${sql.table(user.table)} WHERE ${refersElsewhere(user, tenant, target)}`.execute(db);
    count += rows[0]!.count;
  }
  return count;
}

/** In batches, rows locked first; a run that was cut off is finished by the same command. */
async function moveRefs(db: Sql, { registry, field, tenant }: Mapping, target: Target, options: RunOptions): Promise<number> {
  let moved = 0;
  for (const user of registry.fieldsOfType(field.type)) {
    for (let batch = BATCH_SIZE; batch > 0; ) {
      const { numAffectedRows } = await sql`
        WITH batch AS MATERIALIZED (
          SELECT tenant_id, id FROM ${sql.table(user.table)} WHERE ${refersElsewhere(user, tenant, target)} LIMIT ${BATCH_SIZE} FOR NO KEY UPDATE
        )
        UPDATE ${sql.table(user.table)} AS record SET ${sql.id(user.refColumn)} = ${target.choiceId}
        FROM batch WHERE record.tenant_id = batch.tenant_id AND record.id = batch.id AND record.${sql.id(user.legacyColumn)} = ${target.value}`.execute(db);
      batch = Number(numAffectedRows ?? 0n);
      moved += batch;
      options.onProgress({ step: 'remap', field: user.coordinate, tenant: tenant.slug, done: moved });
    }
  }
  return moved;
}

function refersElsewhere(field: ChoiceField, tenant: Tenant, target: Target) {
  return sql`tenant_id = ${tenant.id} AND ${sql.id(field.legacyColumn)} = ${target.value} AND ${sql.id(field.refColumn)} <> ${target.choiceId}`;
}
