import { type Kysely, sql } from 'kysely';
import { readThrough } from '../database/read.ts';
import { BadUserInputError, ChoiceConflictError, ChoiceInactiveError, ChoiceUnknownError, NotFoundError } from '../errors.ts';
import type { ChoiceField } from './choice-field.ts';
import type { StoredChoice } from './choice-reader.ts';
import { listAllowedKeys } from './derive/options.ts';
import { resolveExpression } from './derive/resolve.ts';
import { excerpt } from './excerpt.ts';
import { isUuid } from './uuid.ts';

/** The two inputs of a choice field as they arrive: undefined is absent. */
export interface ChoiceInput {
  readonly legacy: string | null | undefined;
  readonly ref: { readonly id?: string | null; readonly key?: string | null } | null | undefined;
}

/** What to write. Empty: nothing changes. */
export interface ChoiceWrite {
  /** The string to write, be it one that is no choice. Absent: the ref decides it. */
  readonly legacy?: string | null;
  /** The choice that is named, or that `legacy` resolves to. */
  readonly refId?: string;
}

interface Survivor {
  readonly id: string;
  readonly key: string;
  readonly version: number;
}

/** A field of a tenant, and how it is read there. */
export interface ChoiceWriteContext {
  readonly transaction: Kysely<unknown>;
  readonly tenantId: string;
  readonly field: ChoiceField;
  readonly refAlone: boolean;
}

/**
 * Decides what a write of a choice field means. `stored` is what the locked row answers, undefined on create.
 * An input equal to that counts as absent. The choice that is newly chosen is locked FOR SHARE until the caller's
 * transaction ends, so that nobody deactivates it in between.
 * @throws BadUserInputError, ChoiceUnknownError, ChoiceInactiveError, ChoiceConflictError, NotFoundError; nothing was written then.
 */
export async function decideChoiceWrite(
  context: ChoiceWriteContext,
  stored: StoredChoice | undefined,
  input: ChoiceInput,
): Promise<ChoiceWrite> {
  const { field } = context;
  const current = stored && input.ref !== undefined ? await findCurrent(context, stored) : undefined;
  const legacy = stored && input.legacy === stored.legacy ? undefined : input.legacy;
  const ref = await readRef(context, stored, current, input.ref);

  if (legacy === undefined && ref === undefined) return stored ? {} : takeDefault(context);
  if (legacy === null || (legacy === undefined && ref === null) || legacy === '') {
    if (ref) throw conflict(field, legacy ?? null, ref);
    if (field.required) throw required(field);
    return { legacy: legacy ?? null };
  }
  if (legacy === undefined) return chooseRef(context, current, ref!);
  return chooseLegacy(context, stored, legacy, ref);
}

/** A choice that a ref input names: one of the tenant's, or a hardcoded key while the tenant has none. */
type NamedChoice = Survivor | { readonly id: undefined; readonly key: string };

async function readRef(
  context: ChoiceWriteContext,
  stored: StoredChoice | undefined,
  current: Survivor | undefined,
  ref: ChoiceInput['ref'],
): Promise<NamedChoice | null | undefined> {
  if (ref === undefined) return undefined;
  if (ref === null) return stored && !current ? undefined : null;
  const named = await findNamed(context, ref);
  // A hardcoded choice has no id: its key is what the row stores.
  const isStored = named.id === undefined ? named.key === stored?.legacy : named.id === current?.id;
  return isStored ? undefined : named;
}

async function findNamed(context: ChoiceWriteContext, { id, key }: NonNullable<ChoiceInput['ref']>): Promise<NamedChoice> {
  const { field } = context;
  if (typeof id === 'string') {
    const named = isUuid(id) ? await findSurvivor(context, sql`choice.id = ${id}`) : undefined;
    if (!named)
      throw new NotFoundError(`${field.ref}: no ${field.type.name} has the id "${excerpt(id)}"`, {
        field: field.coordinate,
        id: excerpt(id),
      });
    return named;
  }
  if (typeof key !== 'string')
    throw new BadUserInputError(`${field.ref}: expected an id or a key, got neither`, { field: field.coordinate });
  return findChosen(context, key, () => findSurvivor(context, sql`choice.key = ${key}`));
}

/** What `find` finds; a hardcoded key while the tenant has no choices. The tenant may get them between one statement and the next. */
async function findChosen(context: ChoiceWriteContext, value: string, find: () => Promise<Survivor | undefined>): Promise<NamedChoice> {
  const { transaction, tenantId, field } = context;
  const found = await find();
  if (found) return found;
  const allowed = await listAllowedKeys(readThrough(transaction), tenantId, field);
  if (allowed.source === 'HARDCODED' && allowed.keys.includes(value)) return { id: undefined, key: value };
  const foundSince = allowed.source === 'DYNAMIC' ? await find() : undefined;
  if (foundSince) return foundSince;
  throw unknown(field, value, allowed.keys);
}

async function chooseRef(context: ChoiceWriteContext, current: Survivor | undefined, named: NamedChoice): Promise<ChoiceWrite> {
  if (named.id === undefined) return { legacy: named.key };
  return { refId: (await hold(context, current?.id, named, () => findSurvivor(context, sql`choice.id = ${named.id}`))).id };
}

async function chooseLegacy(
  context: ChoiceWriteContext,
  stored: StoredChoice | undefined,
  value: string,
  ref: NamedChoice | null | undefined,
): Promise<ChoiceWrite> {
  const { field } = context;
  const named = await findChosen(context, value, () => findResolved(context, value));
  if (named.id === undefined) {
    if (ref !== undefined && ref?.key !== value) throw conflict(field, value, ref);
    return { legacy: value };
  }
  if (ref !== undefined && (ref?.id === undefined ? ref?.key !== value : ref.id !== named.id)) throw conflict(field, value, ref);
  if ([...value].length > field.length)
    throw new BadUserInputError(`${field.legacy}: expected at most ${field.length} characters, got ${[...value].length}`, {
      field: field.coordinate,
    });
  const current = stored ? await findCurrent(context, stored) : undefined;
  return { legacy: value, refId: (await hold(context, current?.id, named, () => findResolved(context, value))).id };
}

/** What the row's `industryRef` answers. */
function findCurrent(context: ChoiceWriteContext, { legacy, refId }: StoredChoice): Promise<Survivor | undefined> {
  if (refId !== null) return findSurvivor(context, sql`choice.id = ${refId}`);
  return legacy === null || legacy === '' || context.refAlone ? Promise.resolve(undefined) : findResolved(context, legacy);
}

async function findSurvivor(
  { transaction, tenantId, field }: ChoiceWriteContext,
  condition: ReturnType<typeof sql>,
): Promise<Survivor | undefined> {
  const { rows } = await sql<Survivor>`
    SELECT survivor.id, survivor.key, survivor.version
    FROM ${sql.table(field.type.table)} AS choice
    JOIN ${sql.table(field.type.table)} AS survivor
      ON survivor.tenant_id = choice.tenant_id AND survivor.id = coalesce(choice.merged_into_id, choice.id) AND survivor.deleted_at IS NULL
    WHERE choice.tenant_id = ${tenantId} AND ${condition}`.execute(transaction);
  return rows[0];
}

function findResolved(context: ChoiceWriteContext, value: string): Promise<Survivor | undefined> {
  const aliases = sql.table(context.field.type.aliasTable);
  return findSurvivor(
    context,
    sql`choice.id = (SELECT alias.choice_id FROM ${aliases} AS alias WHERE alias.tenant_id = ${context.tenantId} AND alias.legacy_value = ${value})`,
  );
}

/**
 * A record may keep an inactive choice, not newly choose it. The lock holds off a deactivation, merge or deletion until commit. Where the
 * choice was changed before it was locked, it is found again: merged at that moment, it leads to its survivor.
 */
async function hold(
  context: ChoiceWriteContext,
  currentId: string | undefined,
  named: Survivor,
  find: () => Promise<Survivor | undefined>,
): Promise<Survivor> {
  const { transaction, tenantId, field } = context;
  for (let choice = named; ;) {
    const { rows } = await sql<{ version: number; merged: boolean; selectable: boolean }>`
      SELECT version, merged_into_id IS NOT NULL AS merged, active AND deleted_at IS NULL AS selectable
      FROM ${sql.table(field.type.table)} WHERE tenant_id = ${tenantId} AND id = ${choice.id} FOR SHARE`.execute(transaction);
    const [locked] = rows;
    const found = locked?.merged === true || locked?.version !== choice.version ? await find() : choice;
    if (found === undefined || found.id === choice.id) {
      if (found && (locked!.selectable || choice.id === currentId)) return found;
      throw new ChoiceInactiveError(`${field.legacy}: "${choice.key}" is inactive and cannot be newly chosen`, {
        field: field.coordinate,
        key: choice.key,
      });
    }
    choice = found;
  }
}

/**
 * What a new record takes that names no choice: the one that its tenant said, else what the column's default says. Either is locked, so that
 * nobody deactivates it in between; one that was deactivated meanwhile is no default any more, and the one after it is looked for.
 */
async function takeDefault(context: ChoiceWriteContext): Promise<ChoiceWrite> {
  for (let passed: string | undefined; ;) {
    const found = await lockDefault(context);
    if (!found) return checkDefault(context.field);
    if (found.selectable || found.id === passed) return found.own ? { refId: found.id } : {};
    passed = found.id;
  }
}

async function lockDefault({ transaction, tenantId, field }: ChoiceWriteContext) {
  const { rows } = await sql<{ id: string; own: boolean; selectable: boolean }>`
    SELECT
      choice.id, preset.own_id IS NOT NULL AS own,
      choice.active AND choice.merged_into_id IS NULL AND choice.deleted_at IS NULL AS selectable
    FROM (
      SELECT
        (SELECT choice_id FROM choice_default WHERE tenant_id = ${tenantId} AND field = ${field.coordinate}) AS own_id,
        ${sql.raw(resolveExpression(field.type, 'given.tenant_id', 'given.value'))} AS column_id
      FROM (SELECT ${tenantId}::uuid AS tenant_id, ${field.default}::text AS value) AS given
    ) AS preset
    JOIN ${sql.table(field.type.table)} AS choice ON choice.tenant_id = ${tenantId} AND choice.id = coalesce(preset.own_id, preset.column_id)
    FOR SHARE OF choice`.execute(transaction);
  return rows[0];
}

function checkDefault(field: ChoiceField): ChoiceWrite {
  if (field.required && field.default === null) throw required(field);
  return {};
}

function required(field: ChoiceField): BadUserInputError {
  return new BadUserInputError(`${field.legacy} is required: expected a choice, got none`, {
    field: field.coordinate,
  });
}

function unknown(field: ChoiceField, value: string, allowed: readonly string[]): ChoiceUnknownError {
  return new ChoiceUnknownError(`${field.legacy}: expected one of ${allowed.join(', ')}, got ${JSON.stringify(excerpt(value))}`, {
    field: field.coordinate,
    value: excerpt(value),
    allowed,
  });
}

function conflict(field: ChoiceField, legacy: string | null, ref: NamedChoice | null): ChoiceConflictError {
  return new ChoiceConflictError(
    `${field.legacy} and ${field.ref} name different choices: ${JSON.stringify(legacy)} and ${JSON.stringify(ref?.key ?? null)}`,
    {
      field: field.coordinate,
      legacy,
      ref: ref?.key ?? null,
    },
  );
}
