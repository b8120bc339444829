import { sql } from 'kysely';
import type { Sql } from '../../../database/owner-database.ts';
import { readThrough } from '../../../database/read.ts';
import { BadUserInputError, ConflictError, NotFoundError } from '../../../errors.ts';
import { describeChange } from '../../audit/describe-change.ts';
import { lockChains } from '../../audit/lock-chains.ts';
import type { ChoiceType } from '../../choice-field.ts';
import { excerpt } from '../../excerpt.ts';
import { isUuid } from '../../uuid.ts';
import { readDefaults, writeDefault } from '../choice-defaults.ts';
import { sumRecords } from '../count-uses.ts';
import { type EditedRecords, findEdited } from './edited-rows.ts';
import { lockChoices } from '../lock-choices.ts';
import { type MergeContext, MOST_AT_ONCE, readChoices, requestMergeRun } from './merge-context.ts';
import { findEdge, findFollowers, type MergeEdge, reconcileEdges } from './merge-edges.ts';
import { findRefParts, moveAtOnce } from './move-rows.ts';
import { countReturning, findParting, findReturning } from './partings.ts';

export interface UndoRequest {
  /** The merge as `mergeChoices` answered it, of any type where none is named, or the choice that was merged away. */
  readonly merge: { readonly mergeId: string; readonly type?: ChoiceType } | { readonly type: ChoiceType; readonly loserId: string };
  readonly reason?: string | undefined;
  /** How many of the edited records to list. */
  readonly mostEdited?: number;
  /** Records that move in the transaction, at most. */
  readonly mostAtOnce?: number;
}

export interface UndoResult {
  readonly type: ChoiceType;
  readonly mergeId: string;
  readonly loserId: string;
  /** The choice that answered for the loser until now. */
  readonly survivorId: string;
  /** Records that are the loser's again by now; where they are many the others follow by the run. */
  readonly moved: number;
  /** Records that moved by the merge and were given another value since: they stay as they are. */
  readonly edited: EditedRecords;
  readonly runId: string;
}

const OPERATION = 'undoChoiceMerge';
const MOST_EDITED = 100;

/**
 * Makes a choice that was merged away what it was, with those that were merged into it before. Its records are those that carry a string
 * of its: whoever wrote one since meant it. Refs that are many move back afterwards, batch by batch, by a run; no string is rewritten.
 * To be called first in its transaction.
 * @throws NotFoundError; ConflictError where the merge was undone already.
 */
export async function undoChoiceMerge(transaction: Sql, context: MergeContext, request: UndoRequest): Promise<UndoResult> {
  const { registry, tenant, actor } = context;
  const { mostEdited = MOST_EDITED, mostAtOnce = MOST_AT_ONCE } = request;
  await lockChains(transaction, [tenant.id]);
  const { type, loserId } = await findMerge(transaction, context, request);
  await reconcileEdges(transaction, type, tenant.id, actor);
  const edge = await findStanding(transaction, context, request, type, loserId);
  const ids = [loserId, ...(await findFollowers(transaction, type, tenant.id, [loserId]))];
  const { mergedIntoId } = (await readChoices(transaction, type, tenant.id, [loserId])).get(loserId)!;
  const from = mergedIntoId!;
  await lockChoices(transaction, type, tenant.id, [...ids, from]);

  const parts = await findRefParts(transaction, registry, type, tenant);
  const parting = await findParting(transaction, type, tenant.id, { mergeId: edge.id, from, choiceIds: ids });
  const edited = await findEdited(transaction, edge.id, parts, parting, mostEdited);
  const returning = await findReturning(transaction, type, tenant, parting);
  const records = sumRecords(await countReturning(transaction, context, parts, [returning]));
  await describeChange(transaction, { actor, operation: OPERATION, request: context.request, reason: request.reason, records });
  await sql`
    UPDATE choice_merge SET undone_at = now(), undone_by = ${actor}, undone_from = ${from}, undone_ids = ${ids}::uuid[], settled_at = NULL
    WHERE tenant_id = ${tenant.id} AND id = ${edge.id}`.execute(transaction);
  await part(transaction, type, tenant.id, ids, from);
  await returnDefaults(transaction, type, tenant.id, edge, from);
  await keepDefaults(transaction, context, type, { loserId, from });
  const moved = await moveAtOnce(transaction, parts, [returning], mostAtOnce);
  return { type, mergeId: edge.id, loserId, survivorId: from, moved, edited, runId: await requestMergeRun(transaction, context, parts) };
}

/** The loser stands for itself, and what was merged into it before is merged into it again. */
async function part(
  transaction: Sql,
  type: ChoiceType,
  tenantId: string,
  [loserId, ...followers]: readonly string[],
  from: string,
): Promise<void> {
  const choices = sql.table(type.table);
  await sql`
    UPDATE ${choices} SET merged_into_id = NULL, version = version + 1, updated_at = now() WHERE tenant_id = ${tenantId} AND id = ${loserId}`.execute(
    transaction,
  );
  await sql`UPDATE ${choices} SET merged_into_id = ${loserId} WHERE tenant_id = ${tenantId} AND id = ANY (${followers}::uuid[])`.execute(
    transaction,
  );
  await sql`UPDATE ${choices} SET version = version + 1, updated_at = now() WHERE tenant_id = ${tenantId} AND id = ${from}`.execute(
    transaction,
  );
}

/** Defaults that went along come back, where nobody has named another since and the choice may be chosen. */
async function returnDefaults(
  transaction: Sql,
  type: ChoiceType,
  tenantId: string,
  { defaultFields, loserId }: MergeEdge,
  from: string,
): Promise<void> {
  if (defaultFields.length === 0) return;
  await sql`
    UPDATE choice_default SET choice_id = ${loserId}
    WHERE tenant_id = ${tenantId} AND field = ANY (${[...defaultFields]}::text[]) AND choice_id = ${from}
      AND EXISTS (SELECT FROM ${sql.table(type.table)} WHERE tenant_id = ${tenantId} AND id = ${loserId} AND active)`.execute(transaction);
}

/** A column's default that nobody may choose now, because it was deactivated before it was merged: what it was until now takes its place. */
async function keepDefaults(
  transaction: Sql,
  { registry, tenant }: MergeContext,
  type: ChoiceType,
  { loserId, from }: { readonly loserId: string; readonly from: string },
): Promise<void> {
  const choices = await readChoices(transaction, type, tenant.id, [loserId, from]);
  if (choices.get(loserId)!.active || !choices.get(from)!.active) return;
  for (const { field, ownId, columnId } of await readDefaults(readThrough(transaction), tenant.id, type, registry.fieldsOfType(type)))
    if (ownId === null && columnId === loserId) await writeDefault(transaction, tenant.id, field, from);
}

/** Which choice is meant, whether or not its merge stands. */
async function findMerge(transaction: Sql, { registry, tenant }: MergeContext, { merge }: UndoRequest) {
  if ('loserId' in merge) return { type: merge.type, loserId: readId(merge.loserId, 'loserId') };
  const { rows } = await sql<{ type: string; loserId: string }>`
    SELECT type, loser_id AS "loserId" FROM choice_merge WHERE tenant_id = ${tenant.id} AND id = ${readId(merge.mergeId, 'mergeId')}`.execute(
    transaction,
  );
  const type = registry.types.find(({ table }) => table === rows[0]?.type);
  if (type === undefined || (merge.type !== undefined && merge.type !== type))
    throw new NotFoundError(`mergeId: no merge${merge.type === undefined ? '' : ` of ${merge.type.name}`} has the id "${merge.mergeId}"`, {
      path: 'mergeId',
      id: merge.mergeId,
    });
  return { type, loserId: rows[0]!.loserId };
}

async function findStanding(
  transaction: Sql,
  { tenant }: MergeContext,
  { merge }: UndoRequest,
  type: ChoiceType,
  loserId: string,
): Promise<MergeEdge> {
  const edge = await findEdge(transaction, type, tenant.id, loserId);
  if (edge && (!('mergeId' in merge) || edge.id === merge.mergeId.toLowerCase())) return edge;
  if ('mergeId' in merge) throw new ConflictError('The merge was undone already', { path: 'mergeId', id: merge.mergeId });
  const choice = (await readChoices(transaction, type, tenant.id, [loserId])).get(loserId);
  if (choice === undefined) throw new NotFoundError(`loserId: no ${type.name} has the id "${loserId}"`, { path: 'loserId', id: loserId });
  throw new BadUserInputError(`loserId: "${choice.key}" is not merged into another choice`, {
    path: 'loserId',
    id: loserId,
    key: choice.key,
  });
}

function readId(id: string, path: string): string {
  if (!isUuid(id)) throw new NotFoundError(`${path}: nothing has the id "${excerpt(id)}"`, { path, id: excerpt(id) });
  return id.toLowerCase();
}
