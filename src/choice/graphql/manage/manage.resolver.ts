import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { sql } from 'kysely';
import { requireTenant } from '../../../tenancy/access.ts';
import type { Choice } from '../../choice.ts';
import type { ChoiceRegistry } from '../../choice-registry.ts';
import { selectChoice } from '../../derive/choice-columns.ts';
import type { ObjectClass } from '../../derive/graphql-type.ts';
import { applyChoiceChanges } from '../../manage/apply-changes.ts';
import { setDefaultChoice } from '../../manage/choice-defaults.ts';
import type { ChoiceEdit } from '../../manage/choice-edit.ts';
import { createChoice } from '../../manage/create-choice.ts';
import { deleteChoice, restoreChoice } from '../../manage/delete-choice.ts';
import { addAlias, removeAlias } from '../../manage/edit-alias.ts';
import { isListed } from '../../manage/managed-choice.ts';
import { readChoiceList, reorderChoices, versionList } from '../../manage/reorder-choices.ts';
import { revertChange } from '../../manage/revert-change.ts';
import { setChoiceActive } from '../../manage/set-choice-active.ts';
import { updateChoice } from '../../manage/update-choice.ts';
import type { ChoiceContext } from '../choice-context.ts';
import type { ChoiceEnums } from '../choice-enums.ts';
import { describePlan } from './describe-plan.ts';
import { edit } from './edit.ts';
import type { createManageInputs } from './manage-inputs.ts';
import type { createManageTypes } from './manage-types.ts';
import { type ChangeInput, readChange, readOwn } from './read-change.ts';

const NEEDS = 'Needs the role choice-admin instead of writer.';

type Input<Change> = Change & { readonly type: string; readonly reason?: string | null };

/** Declares the mutations of a tenant's choices, and the list that they are made from. */
export function createManageResolver(
  registry: ChoiceRegistry,
  { types: typeEnum }: ChoiceEnums,
  inputs: ReturnType<typeof createManageInputs>,
  types: ReturnType<typeof createManageTypes>,
): ObjectClass {
  const typeOf = (enumValue: string) => registry.types.find((type) => type.enumValue === enumValue)!;
  const fieldOf = (enumValue: string) => registry.fields.find((field) => field.enumValue === enumValue)!;
  const run = <Result>(
    context: ChoiceContext,
    operation: string,
    { type, reason }: { readonly type: string; readonly reason?: string | null },
    work: (edit: ChoiceEdit) => Promise<Result>,
  ) => edit(context, registry, typeOf(type), { operation, reason }, work);

  @Resolver()
  class ManageResolver {
    @Query(() => types.choiceList, {
      description: 'The choices of a kind as they are edited: inactive ones included, with the version of the list.',
    })
    async choiceList(@Arg('type', () => typeEnum, { description: 'Which kind.' }) typeName: string, @Ctx() context: ChoiceContext) {
      const { session } = requireTenant(context);
      const type = typeOf(typeName);
      const choices = await session.read(sql<Choice>`
        SELECT ${selectChoice(type, 'choice')} FROM ${sql.table(type.table)} AS choice
        WHERE choice.tenant_id = ${session.tenantId} AND ${isListed} ORDER BY choice.position, choice.id`);
      return { choices, version: versionList(choices) };
    }

    @Mutation(() => types.create, { description: `Creates a choice, active. ${NEEDS}` })
    async createChoice(
      @Arg('input', () => inputs.create, { description: 'The new choice.' }) input: Input<ChangeInput['create']>,
      @Ctx() context: ChoiceContext,
    ) {
      const choice = await run(context, 'createChoice', input, (edit) => createChoice(edit, { ...input, extra: readOwn(registry, input) }));
      return { choice };
    }

    @Mutation(() => types.update, {
      description: `Changes a choice. What is absent stays, and what is so already is not written. ${NEEDS}`,
    })
    async updateChoice(
      @Arg('input', () => inputs.update, { description: 'The changes.' }) input: Input<ChangeInput['update']>,
      @Ctx() context: ChoiceContext,
    ) {
      const choice = await run(context, 'updateChoice', input, (edit) => updateChoice(edit, { ...input, extra: readOwn(registry, input) }));
      return { choice };
    }

    @Mutation(() => types.reorder, { description: `Puts all choices of a kind in a new order. ${NEEDS}` })
    async reorderChoices(
      @Arg('input', () => inputs.reorder, { description: 'The order.' }) input: Input<ChangeInput['reorder']>,
      @Ctx() context: ChoiceContext,
    ) {
      return { list: await run(context, 'reorderChoices', input, (edit) => reorderChoices(edit, input)) };
    }

    @Mutation(() => types.setActive, {
      description: `Lets records choose a choice, or no more: those that have it keep it. ${NEEDS}`,
    })
    async setChoiceActive(
      @Arg('input', () => inputs.setActive, { description: 'Which choice, and how.' })
      input: Input<ChangeInput['setActive']> & { dryRun?: boolean | null },
      @Ctx() context: ChoiceContext,
    ) {
      const { choice, plan } = await run(context, 'setChoiceActive', input, (edit) => setChoiceActive(edit, input));
      return { choice, plan: plan && describePlan(registry, plan) };
    }

    @Mutation(() => types.setDefault, { description: `Says which choice new records take that say nothing. ${NEEDS}` })
    async setDefaultChoice(
      @Arg('input', () => inputs.setDefault, { description: 'Of which field, and which.' })
      { field: name, id = null, reason }: ChangeInput['setDefault'] & { reason?: string | null },
      @Ctx() context: ChoiceContext,
    ) {
      const field = fieldOf(name);
      const scope = { type: field.type.enumValue, reason: reason ?? null };
      return { choice: await run(context, 'setDefaultChoice', scope, (edit) => setDefaultChoice(edit, { field, id })) };
    }

    @Mutation(() => types.delete, { description: `Deletes a choice that nothing refers to. Its key is never used again. ${NEEDS}` })
    async deleteChoice(
      @Arg('input', () => inputs.delete, { description: 'Which choice.' })
      input: Input<ChangeInput['delete']> & { dryRun?: boolean | null },
      @Ctx() context: ChoiceContext,
    ) {
      const { choice, plan } = await run(context, 'deleteChoice', input, (edit) => deleteChoice(edit, input));
      return { choice, plan: plan && describePlan(registry, plan) };
    }

    @Mutation(() => types.restore, { description: `Takes the deletion of a choice back. ${NEEDS}` })
    async restoreChoice(
      @Arg('input', () => inputs.restore, { description: 'Which choice.' }) input: Input<ChangeInput['restore']>,
      @Ctx() context: ChoiceContext,
    ) {
      return { choice: await run(context, 'restoreChoice', input, (edit) => restoreChoice(edit, input)) };
    }

    @Mutation(() => types.addAlias, {
      description: `Lets a legacy value name a choice. Records that carry it answer the choice from then on. ${NEEDS}`,
    })
    addAlias(
      @Arg('input', () => inputs.addAlias, { description: 'Which value, and which choice.' }) input: Input<ChangeInput['addAlias']>,
      @Ctx() context: ChoiceContext,
    ) {
      return run(context, 'addAlias', input, (edit) => addAlias(edit, input));
    }

    @Mutation(() => types.removeAlias, { description: `Lets a legacy value that no record carries name no choice any more. ${NEEDS}` })
    removeAlias(
      @Arg('input', () => inputs.removeAlias, { description: 'Which value.' }) input: Input<ChangeInput['removeAlias']>,
      @Ctx() context: ChoiceContext,
    ) {
      return run(context, 'removeAlias', input, (edit) => removeAlias(edit, input));
    }

    @Mutation(() => types.revert, {
      description: `Takes a change of the history back, by another change that today's rules allow. ${NEEDS}`,
    })
    async revertChoiceChange(
      @Arg('input', () => inputs.revert, { description: 'Which change.' }) input: Input<Parameters<typeof revertChange>[1]>,
      @Ctx() context: ChoiceContext,
    ) {
      return { choice: await run(context, 'revertChoiceChange', input, (edit) => revertChange(edit, input)) };
    }

    @Mutation(() => types.apply, {
      description: `Makes changes one after the other, all of them or none: each choice counts one version, and the history one group. ${NEEDS}`,
    })
    async applyChoiceChanges(
      @Arg('input', () => inputs.apply, { description: 'The changes.' })
      input: Input<{ readonly changes: readonly Partial<ChangeInput>[] }>,
      @Ctx() context: ChoiceContext,
    ) {
      const changes = input.changes.map((change) => readChange(registry, change));
      const list = await run(context, 'applyChoiceChanges', input, async (edit) => {
        await applyChoiceChanges(edit, changes);
        return readChoiceList(edit);
      });
      return { list };
    }
  }
  return ManageResolver;
}
