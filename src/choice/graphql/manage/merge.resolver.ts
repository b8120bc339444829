import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { BadUserInputError } from '../../../errors.ts';
import { requireTenant } from '../../../tenancy/access.ts';
import { checkReason } from '../../check-reason.ts';
import type { ChoiceType } from '../../choice-field.ts';
import type { ChoiceRegistry } from '../../choice-registry.ts';
import type { ObjectClass } from '../../derive/graphql-type.ts';
import { mergeChoices } from '../../manage/merge/merge-choices.ts';
import { undoChoiceMerge } from '../../manage/merge/undo-merge.ts';
import { findRun } from '../../runs/run-store.ts';
import type { ChoiceContext } from '../choice-context.ts';
import { describeRun } from '../operate/describe-run.ts';
import { describePlan } from './describe-plan.ts';
import { merge } from './edit.ts';
import type { createManageInputs } from './manage-inputs.ts';
import type { createManageTypes } from './manage-types.ts';

const NEEDS = 'Needs the role choice-admin instead of writer.';

interface MergeInput {
  readonly type: string;
  readonly loserIds: readonly string[];
  readonly survivorId: string;
  readonly dryRun?: boolean | null;
  readonly planHash?: string | null;
  readonly reason?: string | null;
}

interface UndoInput {
  readonly type: string;
  readonly mergeId?: string | null;
  readonly loserId?: string | null;
  readonly reason?: string | null;
}

/** Declares the mutations that merge choices, and undo it. */
export function createMergeResolver(
  registry: ChoiceRegistry,
  inputs: ReturnType<typeof createManageInputs>,
  types: ReturnType<typeof createManageTypes>,
): ObjectClass {
  const typeOf = (enumValue: string) => registry.types.find((type) => type.enumValue === enumValue)!;

  @Resolver()
  class MergeResolver {
    @Mutation(() => types.merge, {
      description: `Merges choices into another one: from then on every read and write goes by that. No legacy value is rewritten. ${NEEDS}`,
    })
    async mergeChoices(
      @Arg('input', () => inputs.merge, { description: 'Which choices.' }) input: MergeInput,
      @Ctx() context: ChoiceContext,
    ) {
      const type = typeOf(input.type);
      const { loserIds, survivorId, planHash } = input;
      const request = { type, loserIds, survivorId, planHash, dryRun: input.dryRun ?? false, reason: checkReason(input.reason) };
      const { plan, merges, moved, runId } = await merge(context, registry, (transaction, place) =>
        mergeChoices(transaction, place, request),
      );
      return {
        survivor: await readChoice(context, type, survivorId),
        merges,
        moved,
        plan: describePlan(registry, plan),
        run: runId && (await readRun(context, runId)),
      };
    }

    @Mutation(() => types.undo, {
      description: `Makes a choice that was merged away what it was. Records that were given another value since stay as they are. ${NEEDS}`,
    })
    async undoChoiceMerge(
      @Arg('input', () => inputs.undo, { description: 'Which merge.' }) input: UndoInput,
      @Ctx() context: ChoiceContext,
    ) {
      const type = typeOf(input.type);
      requireTenant(context, 'choice-admin');
      const reason = checkReason(input.reason);
      const which = chooseMerge(type, input);
      const undone = await merge(context, registry, (transaction, place) => undoChoiceMerge(transaction, place, { merge: which, reason }));
      const { total, records } = undone.edited;
      return {
        choice: await readChoice(context, undone.type, undone.loserId),
        moved: undone.moved,
        editedCount: total,
        edited: records.map(({ field, id }) => ({ field: registry.field(field)!.enumValue, id })),
        run: await readRun(context, undone.runId),
      };
    }
  }
  return MergeResolver;

  function readChoice(context: ChoiceContext, type: ChoiceType, id: string) {
    return requireTenant(context).choices.readSurvivor(type, id);
  }

  async function readRun(context: ChoiceContext, id: string) {
    const { tenant } = requireTenant(context);
    const run = await findRun(context.operations.db, id, tenant.id);
    return run ? describeRun(registry, { subject: context.principal!.subject, tenant }, run) : null;
  }
}

function chooseMerge(type: ChoiceType, { mergeId = null, loserId = null }: UndoInput) {
  if (mergeId !== null && loserId === null) return { type, mergeId };
  if (loserId !== null && mergeId === null) return { type, loserId };
  throw new BadUserInputError('Expected either mergeId or loserId', { path: 'mergeId' });
}
