import { sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import { readThrough } from '../../database/read.ts';
import { BlockedError, UsageError } from '../../errors.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import { describeChange } from '../audit/describe-change.ts';
import { lockChains } from '../audit/lock-chains.ts';
import type { ChoiceField } from '../choice-field.ts';
import type { ChoiceRegistry } from '../choice-registry.ts';
import { type ChoiceRules, readRules } from '../rules.ts';
import { countValue } from './count-value.ts';
import { type AliasEditOptions, editAliases } from './edit-aliases.ts';
import { notExpanded } from './not-expanded.ts';
import { readFieldPhases } from './phase.ts';
import { remapRefs } from './remap.ts';
import { assertSeesEveryRow } from './row-security.ts';
import { findUnfinishedRestores } from './unfinished-restores.ts';

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
    /**
     * Rows of this field that carry the value and had no ref when it was mapped. Where the ref alone is read they have it by now;
     * otherwise `choices migrate` gives it to them.
     */
    readonly rows: number;
    /** Rows, of every field of the type, whose ref moved to the new choice. */
    readonly remapped: number;
  }[];
}

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

/**
 * Maps legacy values to choices of a tenant, all or none. A value that resolves to the same choice already is left as it is.
 * No page changes row by row where only the ref is read; a run that was cut off is finished by the same command.
 * @throws UsageError for a key that the tenant does not have; BlockedError for a value that is mapped to another choice, without
 * `remap`, and for rows that cannot follow; OperationError where a transaction that may still write the old choice outlives `openTransactionCap`, or as
 * `editAliases` says.
 */
export async function mapValues(db: Sql, mapping: Mapping, options: AliasEditOptions): Promise<MapResult> {
  const { registry, field, tenant } = mapping;
  await assertSeesEveryRow(db, registry.fieldsOfType(field.type));
  const users = await findExpandedUsers(db, mapping);
  const planned = await findTargets(db, mapping);
  if (options.dryRun) {
    const blockers = await findUnfinishedRestores(db, users);
    if (blockers.length > 0) throw new BlockedError(blockers);
    return describe(db, mapping, planned, users, options);
  }
  const adds = planned.some((target) => target.alias === undefined);
  const { actor, request } = options;
  return editAliases(db, { registry, type: field.type, tenant, adds, operation: 'map' }, options, async () => {
    const touched = await countTouched(db, tenant, users, planned);
    const targets = await db.transaction().execute(async (transaction) => {
      await lockChains(transaction, [tenant.id]);
      const found = await findTargets(transaction, mapping);
      for (const target of found) {
        await describeChange(transaction, { actor, request, operation: 'map', records: touched.get(target.value) });
        await writeAlias(transaction, mapping, target);
      }
      return found;
    });
    return describe(db, mapping, targets, users, options);
  });
}

/** What became of each value, refs that move included. */
async function describe(
  db: Sql,
  { field, tenant, remap }: Mapping,
  targets: readonly Target[],
  users: readonly ChoiceField[],
  options: AliasEditOptions,
): Promise<MapResult> {
  const rules: ChoiceRules = await readRules(readThrough(db));
  const moving = remap ? targets.filter((target) => target.alias) : [];
  const remapped = await remapRefs(db, { tenant, users, rules, targets: moving }, options);
  const mapped = [];
  for (const target of targets)
    mapped.push({
      value: target.value,
      key: target.key,
      added: target.alias === undefined,
      rows: await countValue(db, field, tenant, rules, target.value, sql`record.${sql.id(field.refColumn)} IS NULL`),
      remapped: remapped.get(target) ?? 0,
    });
  return { ok: true, mapped };
}

/** Of each value: how many rows, of every field of the type, carry it whose ref is not the choice that it is to be mapped to. */
async function countTouched(
  db: Sql,
  tenant: Tenant,
  users: readonly ChoiceField[],
  targets: readonly Target[],
): Promise<ReadonlyMap<string, number>> {
  const rules = await readRules(readThrough(db));
  const touched = new Map<string, number>();
  for (const { value, choiceId } of targets) {
    let records = 0;
    for (const user of users)
      records += await countValue(db, user, tenant, rules, value, sql`record.${sql.id(user.refColumn)} IS DISTINCT FROM ${choiceId}`);
    touched.set(value, records);
  }
  return touched;
}

/** The fields of the type that have a ref column by now. */
async function findExpandedUsers(db: Sql, { registry, field, tenant }: Mapping): Promise<ChoiceField[]> {
  const phases = await readFieldPhases(readThrough(db));
  if (!phases.has(field.coordinate)) throw new BlockedError([notExpanded(field, tenant)]);
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
