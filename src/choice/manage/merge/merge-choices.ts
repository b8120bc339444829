import { sql } from 'kysely';
import type { Sql } from '../../../database/owner-database.ts';
import { readThrough } from '../../../database/read.ts';
import { BadUserInputError, ChoiceSystemError, ConflictError, NotFoundError } from '../../../errors.ts';
import { describeChange } from '../../audit/describe-change.ts';
import { lockChains } from '../../audit/lock-chains.ts';
import type { ChoiceType } from '../../choice-field.ts';
import { excerpt } from '../../excerpt.ts';
import { isUuid } from '../../uuid.ts';
import { describeUses, sumRecords } from '../count-uses.ts';
import { assertPlan, type ChoicePlan, planChange } from '../plan.ts';
import { lockChoices } from '../lock-choices.ts';
import { findFollowers, reconcileEdges } from './merge-edges.ts';
import { type MergeContext, type MergedChoice, MOST_AT_ONCE, readChoices, requestMergeRun } from './merge-context.ts';
import { findRefParts, moveAtOnce, type RefPart } from './move-rows.ts';
import { countComingBack } from './partings.ts';

export interface MergeRequest {
  readonly type: ChoiceType;
  /** The choices that are merged away. */
  readonly loserIds: readonly string[];
  readonly survivorId: string;
  /** Says what the merge would touch, and writes nothing. */
  readonly dryRun?: boolean | undefined;
  /** What a dry run said: with another impact by now nothing is merged. */
  readonly planHash?: string | null | undefined;
  readonly reason?: string | undefined;
  /** Records that move in the transaction, at most. */
  readonly mostAtOnce?: number;
}

export interface MergeResult {
  readonly plan: ChoicePlan;
  /** What undoes each; empty after a dry run. */
  readonly merges: readonly { readonly id: string; readonly loserId: string }[];
  /** Records whose ref has moved by now; all answer the survivor, and the others' refs move by the run. */
  readonly moved: number;
  /** null after a dry run. */
  readonly runId: string | null;
}

const OPERATION = 'mergeChoices';

/**
 * Merges choices into another: from the commit on every read, filter, order and write goes by the survivor. Refs that are many move
 * afterwards, by a run; no string is rewritten, and none of the losers' aliases. To be called first in its transaction.
 * @throws NotFoundError, BadUserInputError, ChoiceSystemError; ConflictError where a choice was merged meanwhile (`current`), where
 * records are on their way back to or from a loser since an earlier merge was undone (`records`), or where the impact is another than that of
 * `planHash` (`plan`).
 */
export async function mergeChoices(transaction: Sql, context: MergeContext, request: MergeRequest): Promise<MergeResult> {
  const { registry, tenant, rules, actor } = context;
  const { type, mostAtOnce = MOST_AT_ONCE } = request;
  const survivorId = readId(request.survivorId, 'survivorId');
  const loserIds = [...new Set(request.loserIds.map((id) => readId(id, 'loserIds')))].sort();
  if (loserIds.length === 0) throw new BadUserInputError('loserIds: expected at least one choice, got none', { path: 'loserIds' });
  if (loserIds.includes(survivorId))
    throw new BadUserInputError('A choice cannot be merged into itself', { path: 'survivorId', id: survivorId });
  const planNow = () =>
    planChange(
      readThrough(transaction),
      { registry, type, tenantId: tenant.id, rules },
      { operation: OPERATION, choiceIds: loserIds, replacementId: survivorId },
    );

  if (!request.dryRun) {
    await lockChains(transaction, [tenant.id]);
    await reconcileEdges(transaction, type, tenant.id, actor);
    await lockChoices(transaction, type, tenant.id, [
      ...loserIds,
      survivorId,
      ...(await findFollowers(transaction, type, tenant.id, loserIds)),
    ]);
  }
  assertMergeable(type, await readChoices(transaction, type, tenant.id, [...loserIds, survivorId]), loserIds, survivorId);
  const parts = await findRefParts(transaction, registry, type, tenant);
  await assertAllBack(transaction, { tenant, type, rules }, parts, [
    ...loserIds,
    ...(await findFollowers(transaction, type, tenant.id, loserIds)),
  ]);
  const plan = await planNow();
  assertPlan(plan, request.planHash);
  if (request.dryRun) return { plan, merges: [], moved: 0, runId: null };

  const { request: requestId } = context;
  await describeChange(transaction, { actor, operation: OPERATION, request: requestId, reason: request.reason, records: plan.records });
  const merges = await insertEdges(transaction, context, type, loserIds, survivorId);
  const choices = sql.table(type.table);
  await sql`
    UPDATE ${choices} SET merged_into_id = ${survivorId}, version = version + 1, updated_at = now()
    WHERE tenant_id = ${tenant.id} AND id = ANY (${loserIds}::uuid[])`.execute(transaction);
  await sql`UPDATE ${choices} SET version = version + 1, updated_at = now() WHERE tenant_id = ${tenant.id} AND id = ${survivorId}`.execute(
    transaction,
  );
  const moved = await moveAtOnce(transaction, parts, ['onward'], mostAtOnce);
  return { plan, merges, moved, runId: await requestMergeRun(transaction, context, parts) };
}

function readId(id: string, path: string): string {
  if (!isUuid(id)) throw new NotFoundError(`${path}: no choice has the id "${excerpt(id)}"`, { path, id: excerpt(id) });
  return id.toLowerCase();
}

function assertMergeable(
  type: ChoiceType,
  choices: ReadonlyMap<string, MergedChoice>,
  loserIds: readonly string[],
  survivorId: string,
): void {
  for (const id of [...loserIds, survivorId]) {
    const choice = choices.get(id);
    const path = id === survivorId ? 'survivorId' : 'loserIds';
    if (choice === undefined || choice.deleted) throw new NotFoundError(`${path}: no ${type.name} has the id "${id}"`, { path, id });
    if (choice.mergedIntoId !== null)
      throw new ConflictError(`"${choice.key}" was merged into another choice already`, { path, current: describe(choice) });
  }
  const survivor = choices.get(survivorId)!;
  for (const id of loserIds) {
    const loser = choices.get(id)!;
    if (loser.system)
      throw new ChoiceSystemError(`"${loser.key}" is one of the system's choices and cannot be merged away`, {
        path: 'loserIds',
        id,
        key: loser.key,
      });
    if (loser.active && !survivor.active)
      throw new BadUserInputError(
        `"${loser.key}" is active and cannot be merged into "${survivor.key}", which is not: activate that first`,
        {
          path: 'survivorId',
          id: survivorId,
          key: survivor.key,
        },
      );
  }
}

/**
 * A record that is on its way back to a loser would be noted with no merge: it is where this one would have it go already. One that is on its
 * way back from a loser would be noted with this merge, whose choice it is not any more.
 */
async function assertAllBack(
  transaction: Sql,
  scope: Parameters<typeof countComingBack>[1],
  parts: readonly RefPart[],
  choiceIds: readonly string[],
): Promise<void> {
  const comingBack = await countComingBack(transaction, scope, parts, choiceIds, { leaving: true });
  const records = sumRecords(comingBack);
  if (records === 0) return;
  throw new ConflictError(`${records} records are still on their way back since a merge was undone. Retry when they are`, {
    path: 'loserIds',
    retry: true,
    records,
    fields: describeUses(comingBack),
  });
}

function describe({ id, key, label, version, active, mergedIntoId }: MergedChoice) {
  return { id, key, label, version, active, mergedIntoId };
}

async function insertEdges(
  transaction: Sql,
  { tenant, actor }: MergeContext,
  type: ChoiceType,
  loserIds: readonly string[],
  survivorId: string,
): Promise<{ id: string; loserId: string }[]> {
  const { rows } = await sql<{ id: string; loserId: string }>`
    INSERT INTO choice_merge (tenant_id, type, loser_id, survivor_id, merged_by, default_fields)
    SELECT ${tenant.id}::uuid, ${type.table}::text, loser.id, ${survivorId}::uuid, ${actor}::text, ARRAY(
      SELECT field FROM choice_default WHERE tenant_id = ${tenant.id} AND choice_id = loser.id ORDER BY field
    )
    FROM unnest(${[...loserIds]}::uuid[]) AS loser (id)
    RETURNING id, loser_id AS "loserId"`.execute(transaction);
  return rows;
}
