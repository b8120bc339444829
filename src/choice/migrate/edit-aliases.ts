import { sql } from 'kysely';
import { withExclusive } from '../../database/exclusive.ts';
import type { Sql } from '../../database/owner-database.ts';
import { readThrough } from '../../database/read.ts';
import { type Blocker, BlockedError, OperationError } from '../../errors.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import { describeChange } from '../audit/describe-change.ts';
import type { ChoiceField, ChoiceType } from '../choice-field.ts';
import type { ChoiceRegistry } from '../choice-registry.ts';
import { readRevision } from '../rules.ts';
import { waitForServers } from './announce.ts';
import { describeProcesses } from './describe-process.ts';
import { migrateRecords } from './migrate.ts';
import { nameAliasEdit } from './name-alias-edit.ts';
import { recordPhaseChange } from './phase.ts';
import { countRecords, type FieldReport } from './report.ts';
import type { RunOptions } from './run.ts';
import { findUnfinishedRestores } from './unfinished-restores.ts';

/**
 * Whose aliases are edited, and by which command. `adds`: whether any is new, so that rows which resolved to nothing may resolve to a choice
 * then.
 */
export interface AliasEdit {
  readonly registry: ChoiceRegistry;
  readonly type: ChoiceType;
  readonly tenant: Tenant;
  readonly adds: boolean;
  readonly operation: string;
}

/** `openTransactionCap`, `serverCap`: how long to wait for older transactions, and for servers, in milliseconds. */
export type AliasEditOptions = RunOptions & { readonly openTransactionCap?: number; readonly serverCap?: number };

/** By it a later run knows what one that was cut off left at `migrated`. */
const STEPPED_BACK = 'until the rows have followed new aliases';
const FOLLOWED = 'the rows have followed new aliases';
const NOT_BEGUN = 'servers did not follow, and no alias was edited';
const SERVER_CAP = 45_000;

/**
 * Edits aliases of a type so that no page of the tenant changes row by row. Where the ref alone is read, the fields of the type
 * go back to `migrated`, at which a new alias answers for every row at once; then their rows get their refs, and the fields are
 * `preferred` again. Rows of a contracted field follow one by one. A run that was cut off is finished by the next one.
 * @throws BlockedError where rows cannot follow, since a rollback was cut off, OperationError where servers do not: nothing was edited
 * then. OperationError where rows have not followed (the fields stay `migrated`); where the edit failed before, its error is the cause.
 */
export function editAliases<Result>(db: Sql, edit: AliasEdit, options: AliasEditOptions, work: () => Promise<Result>): Promise<Result> {
  return withExclusive(db, nameAliasEdit(edit.type, edit.tenant), async () => {
    const edited = await readFields(db, edit);
    const waiting = pick(edited, 'waiting');
    const preferred = edit.adds ? pick(edited, 'preferred') : [];
    const contracted = pick(edited, 'contracted');
    const stepped = [...waiting, ...preferred];
    const blockers = await findUnfinishedRestores(db, contracted);
    if (blockers.length > 0) throw new BlockedError(blockers);
    const fields = [...stepped, ...contracted];
    const before = await countRecords(db, { registry: edit.registry, fields, tenants: [edit.tenant] });
    const settle = () => settleRows(db, edit, stepped, fields, before, options);

    await changePhases(db, edit, preferred, 'preferred', 'migrated', { ...options, reason: STEPPED_BACK });
    if (stepped.length > 0) await waitForReaders(db, edit, preferred, options);
    let result: Result;
    try {
      result = await work();
    } catch (error) {
      // What is there is as good as before.
      await settle().catch(async (unsettled: unknown) => {
        throw (await describeUnsettled(db, edit, stepped, error, unsettled)) ?? error;
      });
      throw error;
    }
    await settle();
    return result;
  });
}

/** Ids of those of the tenants for which an edit of a type's aliases was cut off: some field of theirs was to be preferred again. */
export async function findUnfinishedEdits(db: Sql, fields: readonly ChoiceField[], tenants: readonly Tenant[]): Promise<Set<string>> {
  const { rows } = await sql<{ tenant_id: string }>`
    SELECT DISTINCT tenant_id FROM choice_tenant_state AS part
    WHERE field = ANY (${fields.map((field) => field.coordinate)}::text[]) AND tenant_id = ANY (${tenants.map((tenant) => tenant.id)}::uuid[])
      AND ${isWaiting}`.execute(db);
  return new Set(rows.map((row) => row.tenant_id));
}

/** What an edit took back, and nobody has moved since. */
const isWaiting = sql`part.phase = 'migrated' AND (
  SELECT from_phase = 'preferred' AND to_phase = 'migrated' AND reason = ${STEPPED_BACK}
  FROM choice_phase_change AS change WHERE change.field = part.field AND change.tenant_id = part.tenant_id ORDER BY id DESC LIMIT 1
)`;

interface EditedField {
  readonly field: ChoiceField;
  readonly state: 'preferred' | 'waiting' | 'contracted' | 'other';
}

/**
 * Whoever counts rows to make the parts preferred is waited for, and seen. Whoever comes to do so later sees that aliases are
 * edited: so what is read here holds until the edit has ended.
 */
async function readFields(db: Sql, edit: AliasEdit): Promise<EditedField[]> {
  const fields = edit.registry.fieldsOfType(edit.type).map((field) => field.coordinate);
  return db.transaction().execute(async (transaction) => {
    await sql`
      SELECT FROM choice_tenant_state WHERE tenant_id = ${edit.tenant.id} AND field = ANY (${fields}::text[])
      ORDER BY field FOR SHARE`.execute(transaction);
    return readStates(transaction, edit);
  });
}

async function readStates(db: Sql, { registry, type, tenant }: AliasEdit): Promise<EditedField[]> {
  const { rows } = await sql<{ coordinate: string; state: EditedField['state'] }>`
    SELECT
      field AS coordinate,
      CASE
        WHEN field_state.phase = 'contracted' OR field_state.storage = 'archive' THEN 'contracted'
        WHEN part.phase = 'preferred' THEN 'preferred'
        WHEN ${isWaiting} THEN 'waiting'
        ELSE 'other'
      END AS state
    FROM choice_tenant_state AS part JOIN choice_field_state AS field_state USING (field)
    WHERE part.tenant_id = ${tenant.id}`.execute(db);
  return registry
    .fieldsOfType(type)
    .flatMap((field) => rows.filter((row) => row.coordinate === field.coordinate).map(({ state }) => ({ field, state })));
}

function pick(edited: readonly EditedField[], state: EditedField['state']): ChoiceField[] {
  return edited.filter((one) => one.state === state).map(({ field }) => field);
}

/** Those of the fields that are still at `from`: somebody else may have moved them on. */
async function changePhases(
  db: Sql,
  { tenant, operation }: AliasEdit,
  fields: readonly ChoiceField[],
  from: 'preferred' | 'migrated',
  to: 'preferred' | 'migrated',
  { actor, request, reason }: Pick<RunOptions, 'actor' | 'request'> & { readonly reason: string },
): Promise<void> {
  if (fields.length === 0) return;
  await db.transaction().execute(async (transaction) => {
    await describeChange(transaction, { actor, request, operation, reason });
    for (const field of fields) {
      const { numAffectedRows } = await sql`
        UPDATE choice_tenant_state AS part SET phase = ${to}
        FROM choice_field_state AS field_state
        WHERE field_state.field = part.field AND field_state.phase = 'expanded'
          AND part.field = ${field.coordinate} AND part.tenant_id = ${tenant.id} AND part.phase = ${from}`.execute(transaction);
      if (numAffectedRows === 1n) await recordPhaseChange(transaction, { field, tenants: [tenant], from, to, actor, reason });
    }
  });
}

/** Until no request reads the refs alone any more. */
async function waitForReaders(
  db: Sql,
  edit: AliasEdit,
  preferred: readonly ChoiceField[],
  { actor, request, serverCap = SERVER_CAP }: AliasEditOptions,
): Promise<void> {
  const older = await waitForServers(db, await readRevision(readThrough(db)), serverCap);
  if (older.length === 0) return;
  await changePhases(db, edit, preferred, 'migrated', 'preferred', { actor, request, reason: NOT_BEGUN });
  throw new OperationError(
    `Gave up after ${serverCap / 1000} s: ${describeProcesses(older)} may still ` +
      `answer by the refs alone. Nothing was changed; run the command again later`,
  );
}

/** The rows follow, then the refs alone are read again. */
async function settleRows(
  db: Sql,
  edit: AliasEdit,
  stepped: readonly ChoiceField[],
  fields: readonly ChoiceField[],
  before: readonly FieldReport[],
  options: AliasEditOptions,
): Promise<void> {
  if (fields.length === 0) return;
  const { registry, tenant } = edit;
  const { dryRun, actor, request, onProgress, openTransactionCap } = options;
  const migrating = { dryRun, actor, request, onProgress, ...(openTransactionCap !== undefined && { openTransactionCap }) };
  const { blockers, fields: after } = await migrateRecords(db, { registry, fields, tenants: [tenant] }, migrating);
  const drifted = new Map(before.map((report) => [report.field, report.drift]));
  const drifting = new Set(after.filter(({ field, drift }) => drift > (drifted.get(field) ?? 0)).map(({ field }) => field));
  // Values that resolve to nothing answer the same by the ref alone, and what drifted before the edit does so after it.
  const hindering = blockers.filter(
    ({ code, field }) => code !== 'UNMAPPED' && (code !== 'DRIFT' || field === undefined || drifting.has(field)),
  );
  const isHindered = (field: ChoiceField) =>
    hindering.some((blocker: Blocker) => blocker.field === undefined || blocker.field === field.coordinate);
  await changePhases(
    db,
    edit,
    stepped.filter((field) => !isHindered(field)),
    'migrated',
    'preferred',
    { actor, request, reason: FOLLOWED },
  );
  if (hindering.length > 0)
    throw new OperationError(
      `The aliases are written, but not every row has followed: ${hindering.map((blocker) => blocker.message).join('; ')}. ` +
        `Then run the same command again`,
    );
}

/** What an edit that failed leaves behind, where its rows could not be settled either; undefined: nothing that was preferred before. */
async function describeUnsettled(
  db: Sql,
  edit: AliasEdit,
  stepped: readonly ChoiceField[],
  cause: unknown,
  unsettled: unknown,
): Promise<OperationError | undefined> {
  const left = await readStates(db, edit).then(
    (edited) => pick(edited, 'waiting'),
    () => stepped,
  );
  if (left.length === 0) return undefined;
  return new OperationError(
    `${messageOf(cause)}. Until an edit of these aliases succeeds, ${left.map(({ coordinate }) => coordinate).join(', ')} of ${edit.tenant.slug} ` +
      `stay at migrated, where they went for this one: ${messageOf(unsettled)}`,
    { cause },
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
