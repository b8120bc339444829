import { sql } from 'kysely';
import { findExclusiveHolders } from '../../database/exclusive.ts';
import { quoteIdentifier } from '../../database/identifier.ts';
import { runPatiently } from '../../database/online-ddl.ts';
import { readThrough } from '../../database/read.ts';
import type { Sql } from '../../database/owner-database.ts';
import { type Blocker, BlockedError } from '../../errors.ts';
import { listTenants, type Tenant } from '../../tenancy/tenant.ts';
import { describeChange } from '../audit/describe-change.ts';
import { lockChains } from '../audit/lock-chains.ts';
import { type ChoiceField, type ChoiceType, snakeCase } from '../choice-field.ts';
import type { ChoiceRegistry } from '../choice-registry.ts';
import { readRules } from '../rules.ts';
import { editAliases, findUnfinishedEdits } from './edit-aliases.ts';
import { nameAliasEdit } from './name-alias-edit.ts';
import { notExpanded } from './not-expanded.ts';
import { type Phase, readFieldPhases, recordPhaseChange } from './phase.ts';
import { assertSeesEveryRow } from './row-security.ts';
import type { RunOptions, Scope } from './run.ts';

export interface PopulateResult {
  readonly ok: true;
  readonly fields: readonly PopulatedField[];
  /** Fields that tenants created from now on are born with the choices of, and were not before. */
  readonly newTenants: readonly string[];
}

interface PopulatedField {
  readonly field: string;
  readonly tenant: string;
  readonly choicesAdded: number;
  /** What an operator should know: labels that were taken, keys that are aliases already. */
  readonly notes: readonly string[];
}

/** A hardcoded choice that a tenant does not have yet. */
interface NewChoice {
  readonly tenant_id: string;
  readonly key: string;
  readonly label: string;
  readonly wanted_label: string;
}

const TENANTS_PER_TRANSACTION = 100;

/**
 * Gives each tenant the hardcoded choices that it does not have yet, with their aliases. What a tenant renamed, moved,
 * deactivated, merged or deleted stays as it is. Without a tenant named, tenants created later are born with theirs.
 * @throws BlockedError for fields that are not expanded; OperationError where somebody holds a part for long, or as `editAliases` says.
 */
export async function populateChoices(db: Sql, scope: Scope, options: RunOptions): Promise<PopulateResult> {
  await assertSeesEveryRow(db, scope.fields);
  const blockers = findUnexpanded(scope.fields, await readFieldPhases(readThrough(db)));
  if (blockers.length > 0) throw new BlockedError(blockers);

  const fields: PopulatedField[] = [];
  const newTenants = scope.tenants === undefined ? await listClosed(db, scope.fields) : [];
  // What a run would have added by now: fields of one type share their choices.
  const predicted = new Set<string>();
  for (const field of scope.fields) {
    // The flag first, the list of tenants after it: whoever creates a tenant at this moment is in one or sees the other.
    if (scope.tenants === undefined && !options.dryRun)
      await sql`UPDATE choice_field_state SET populates_new_tenants = true WHERE field = ${field.coordinate} AND NOT populates_new_tenants`.execute(
        db,
      );
    const tenants = scope.tenants ?? (await listTenants(db));
    for (let done = 0; done < tenants.length; done += TENANTS_PER_TRANSACTION) {
      options.onProgress({ step: 'populate', field: field.coordinate, done, total: tenants.length });
      const some = tenants.slice(done, done + TENANTS_PER_TRANSACTION);
      fields.push(
        ...(options.dryRun
          ? await predictPopulation(db, field, some, predicted)
          : await populateSome(db, scope.registry, field, some, options)),
      );
    }
    options.onProgress({ step: 'populate', field: field.coordinate, done: tenants.length, total: tenants.length });
  }
  return { ok: true, fields, newTenants };
}

/** Fields that new tenants are not born with the choices of. */
async function listClosed(db: Sql, fields: readonly ChoiceField[]): Promise<string[]> {
  const { rows } = await sql<{ field: string }>`SELECT field FROM choice_field_state WHERE NOT populates_new_tenants`.execute(db);
  return fields.map((field) => field.coordinate).filter((coordinate) => rows.some((row) => row.field === coordinate));
}

/** At once, but for tenants whose rows have to follow: a new choice's key is a new alias. What was cut off is finished. */
async function populateSome(
  db: Sql,
  registry: ChoiceRegistry,
  field: ChoiceField,
  tenants: readonly Tenant[],
  options: RunOptions,
): Promise<PopulatedField[]> {
  const populate = async (transaction: Sql, some: readonly Tenant[]) => {
    await describeChange(transaction, { actor: options.actor, request: options.request, operation: 'populate' });
    return populateTenants(transaction, field, some, options.actor);
  };
  // Whoever counts rows to make a part preferred is waited for, and may hold its state for long.
  const begun = await runPatiently(db, ['choice_tenant_state'], async (transaction) => {
    const lacking = new Set((await selectMissingChoices(field, tenants).execute(transaction)).rows.map((choice) => choice.tenant_id));
    const edited = await findEdited(transaction, registry, field.type, tenants, lacking);
    const others = tenants.filter((tenant) => !edited.includes(tenant));
    return { lacking, edited, populated: await populate(transaction, others) };
  });
  const populated = [...begun.populated];
  for (const tenant of begun.edited) {
    const edit = { registry, type: field.type, tenant, adds: begun.lacking.has(tenant.id), operation: 'populate' };
    const populateOne = () => db.transaction().execute((transaction) => populate(transaction, [tenant]));
    populated.push(...(await editAliases(db, edit, options, populateOne)));
  }
  return tenants.map((tenant) => populated.find((result) => result.tenant === tenant.slug)!);
}

/**
 * Tenants whose aliases only an edit may add to: those that lack choices and read the ref alone, or are to do so again once an edit that is
 * under way has ended; and those of whom an edit was cut off. Nobody's phase changes before the transaction ends.
 */
async function findEdited(
  transaction: Sql,
  registry: ChoiceRegistry,
  type: ChoiceType,
  tenants: readonly Tenant[],
  lacking: ReadonlySet<string>,
): Promise<Tenant[]> {
  const fields = registry.fieldsOfType(type);
  await sql`
    SELECT FROM choice_tenant_state
    WHERE tenant_id = ANY (${[...lacking]}::uuid[]) AND field = ANY (${fields.map((field) => field.coordinate)}::text[])
    ORDER BY tenant_id, field FOR SHARE`.execute(transaction);
  const reading = await findReadingRefAlone(transaction, fields, tenants);
  const unfinished = await findUnfinishedEdits(transaction, fields, tenants);
  const editors = await findExclusiveHolders(
    transaction,
    tenants.map((tenant) => nameAliasEdit(type, tenant)),
  );
  const follows = (tenant: Tenant) => reading.has(tenant.id) || editors.has(nameAliasEdit(type, tenant));
  return tenants.filter((tenant) => unfinished.has(tenant.id) || (lacking.has(tenant.id) && follows(tenant)));
}

async function findReadingRefAlone(db: Sql, fields: readonly ChoiceField[], tenants: readonly Tenant[]): Promise<Set<string>> {
  const rules = await readRules(readThrough(db));
  return new Set(tenants.filter((tenant) => fields.some((field) => rules.readsRefAlone(field, tenant.id))).map((tenant) => tenant.id));
}

/** Gives these tenants a field's choices and the phase `populated`, inside the caller's transaction, which says who does it and why. */
export async function populateTenants(
  transaction: Sql,
  field: ChoiceField,
  tenants: readonly Tenant[],
  actor: string,
): Promise<PopulatedField[]> {
  await sql`SELECT pg_advisory_xact_lock(hashtext(${`populate ${field.type.name}`}))`.execute(transaction);
  const ids = tenants.map((tenant) => tenant.id);
  // States first, chains after them, choices then: whoever goes back from this phase takes them in the same order.
  await sql`
    SELECT FROM choice_tenant_state WHERE field = ${field.coordinate} AND tenant_id = ANY (${ids}::uuid[])
    ORDER BY tenant_id FOR KEY SHARE`.execute(transaction);
  await lockChains(transaction, ids);
  const extra = Object.keys(field.type.extra).map((name) => sql.id(snakeCase(name)));
  const added = await sql<NewChoice>`
    WITH missing AS (${selectMissingChoices(field, tenants)}),
    added AS (
      INSERT INTO ${sql.table(field.type.table)} (${sql.join([...['tenant_id', 'key', 'label', 'position'].map((name) => sql.id(name)), ...extra])})
      SELECT ${sql.join([...['tenant_id', 'key', 'label', 'position'].map((name) => sql.id(name)), ...extra])} FROM missing ORDER BY tenant_id, position
      RETURNING tenant_id, key
    )
    SELECT tenant_id, key, label, wanted_label FROM missing JOIN added USING (tenant_id, key)`.execute(transaction);

  // Born into a contracted field, a tenant has come as far as the others: there is no phase of its own to record.
  const { rows: entered } = await sql<{ tenant_id: string; phase: Phase }>`
    INSERT INTO choice_tenant_state (tenant_id, field, phase)
    SELECT tenant_id, field, CASE phase WHEN 'contracted' THEN 'preferred' ELSE 'populated' END
    FROM unnest(${ids}::uuid[]) AS tenant_id JOIN choice_field_state ON field = ${field.coordinate}
    ON CONFLICT DO NOTHING
    RETURNING tenant_id, phase`.execute(transaction);
  const enteredIds = new Set(entered.filter(({ phase }) => phase === 'populated').map((row) => row.tenant_id));
  await recordPhaseChange(transaction, {
    field,
    tenants: tenants.filter((tenant) => enteredIds.has(tenant.id)),
    from: 'expanded',
    to: 'populated',
    actor,
  });
  return describe(field, tenants, added.rows, await readTakenKeys(transaction, field, tenants));
}

/** What a run would add: what is missing and is not `predicted` for a field before this one. */
async function predictPopulation(
  db: Sql,
  field: ChoiceField,
  tenants: readonly Tenant[],
  predicted: Set<string>,
): Promise<PopulatedField[]> {
  const { rows } = await selectMissingChoices(field, tenants).execute(db);
  const nameOf = (choice: NewChoice) => `${field.type.name} ${choice.tenant_id} ${choice.key}`;
  const added = rows.filter((choice) => !predicted.has(nameOf(choice)));
  for (const choice of added) predicted.add(nameOf(choice));
  return describe(field, tenants, added, await readTakenKeys(db, field, tenants));
}

/**
 * A key that is an alias already is the tenant's own doing (an existing choice's key is one, too) and is left alone.
 * A label that is taken gets the key behind it, and a number if that is taken too.
 */
function selectMissingChoices(field: ChoiceField, tenants: readonly Tenant[]) {
  const isTaken = (label: ReturnType<typeof sql>) => sql`EXISTS (
    SELECT FROM ${sql.table(field.type.table)} AS other
    WHERE other.tenant_id = tenant.id AND other.deleted_at IS NULL AND choice_label_key(other.label) = choice_label_key(${label}))`;
  const extra = Object.entries(field.type.extra);
  return sql<NewChoice>`
    SELECT
      tenant.id AS tenant_id, listed.key, listed.position, listed.label AS wanted_label,
      CASE WHEN ${isTaken(sql`listed.label`)} THEN (
        SELECT candidate
        FROM (SELECT n, format('%s (%s)', listed.label, concat_ws(' ', listed.key, nullif(n, 1))) AS candidate FROM generate_series(1, 1000) AS n) AS candidates
        WHERE NOT ${isTaken(sql`candidate`)} ORDER BY n LIMIT 1
      ) ELSE listed.label END AS label
      ${sql.join(
        extra.map(([name, column]) =>
          column.type === 'boolean'
            ? sql`, coalesce(listed.${sql.id(snakeCase(name))}, false) AS ${sql.id(snakeCase(name))}`
            : sql`, listed.${sql.id(snakeCase(name))}`,
        ),
        sql``,
      )}
    FROM unnest(${tenants.map((tenant) => tenant.id)}::uuid[]) AS tenant (id)
    CROSS JOIN jsonb_to_recordset(${JSON.stringify(listChoices(field))}::jsonb) AS listed
      (key text, label text, position int ${sql.raw(extra.map(([name, column]) => `, ${quoteIdentifier(snakeCase(name))} ${column.type}`).join(''))})
    WHERE NOT EXISTS (SELECT FROM ${sql.table(field.type.aliasTable)} AS alias WHERE alias.tenant_id = tenant.id AND alias.legacy_value = listed.key)`;
}

function listChoices(field: ChoiceField): Record<string, unknown>[] {
  return field.hardcoded.map(([key, label, extra = {}], index) => ({
    ...Object.fromEntries(Object.entries(extra).map(([name, value]) => [snakeCase(name), value])),
    key,
    label,
    position: index + 1,
  }));
}

/** Hardcoded keys that a tenant uses as an alias of another choice. */
async function readTakenKeys(db: Sql, field: ChoiceField, tenants: readonly Tenant[]) {
  const { rows } = await sql<{ tenant_id: string; key: string; choice: string }>`
    SELECT alias.tenant_id, alias.legacy_value AS key, choice.key AS choice
    FROM ${sql.table(field.type.aliasTable)} AS alias
    JOIN ${sql.table(field.type.table)} AS choice ON choice.tenant_id = alias.tenant_id AND choice.id = alias.choice_id AND choice.key <> alias.legacy_value
    WHERE alias.tenant_id = ANY (${tenants.map((tenant) => tenant.id)}::uuid[]) AND alias.legacy_value = ANY (${field.hardcoded.map(([key]) => key)}::text[])`.execute(
    db,
  );
  return rows;
}

function describe(
  field: ChoiceField,
  tenants: readonly Tenant[],
  added: readonly NewChoice[],
  taken: readonly { tenant_id: string; key: string; choice: string }[],
): PopulatedField[] {
  return tenants.map((tenant) => {
    const own = added.filter((choice) => choice.tenant_id === tenant.id);
    return {
      field: field.coordinate,
      tenant: tenant.slug,
      choicesAdded: own.length,
      notes: [
        ...own
          .filter((choice) => choice.label !== choice.wanted_label)
          .map((choice) => `the label "${choice.wanted_label}" is taken: "${choice.key}" is labelled "${choice.label}"`),
        ...taken
          .filter((row) => row.tenant_id === tenant.id)
          .map((row) => `"${row.key}" is an alias of "${row.choice}" and got no choice of its own`),
      ],
    };
  });
}

function findUnexpanded(fields: readonly ChoiceField[], phases: ReadonlyMap<string, string>): Blocker[] {
  return fields.filter((field) => !phases.has(field.coordinate)).map((field) => notExpanded(field));
}
