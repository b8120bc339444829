import { ID, Int } from 'type-graphql';
import type { ObjectClass } from '../../derive/graphql-type.ts';
import type { ChoiceEnums } from '../choice-enums.ts';
import { ChoiceInterface } from '../choice.type.ts';
import { ChoiceRunType } from '../operate/choice-run.type.ts';
import { declareType, type Member, type Members } from './declare.ts';

const choice = (description: string, nullable = false): Member => ({ type: () => ChoiceInterface, nullable, description });

/** Declares what the mutations of choices answer. */
export function createManageTypes({ fields: fieldEnum }: ChoiceEnums) {
  const records: Members = { records: { type: () => Int, description: 'Records of the tenant.' } };
  const impact = declareType('ChoiceImpact', 'How many records of a field a change touches.', {
    field: { type: () => fieldEnum, description: 'Which field.' },
    ...records,
  });
  const plan = declareType('ChoicePlan', 'What a change of choices would touch at this moment.', {
    planHash: { type: () => String, description: 'The same as long as the change touches the same: given with the change, it must match.' },
    ...records,
    fields: { type: () => [impact], description: 'The fields whose records it touches.' },
  });
  const list: Members = {
    choices: {
      type: () => [ChoiceInterface],
      description: 'The choices, in order: inactive ones included, without merged and deleted ones.',
    },
    version: { type: () => String, description: 'Changes with the order, and with what the list has: what reorderChoices expects.' },
  };
  const choiceList = declareType('ChoiceList', 'The choices of a kind.', list);
  const payload = (mutation: string, members: Members) =>
    declareType(`${mutation[0]!.toUpperCase()}${mutation.slice(1)}Payload`, `What ${mutation} answers.`, members);
  const planned: Member = { type: () => plan, nullable: true, description: 'What it would touch; null if it was done.' };
  const run: Member = {
    type: () => ChoiceRunType,
    nullable: true,
    description: 'Lets the refs of the other records follow, in batches; null after a dry run. All answers are as if they had.',
  };
  const edited = declareType('EditedRecord', 'A record that was given another value since.', {
    field: { type: () => fieldEnum, description: 'Which field of it.' },
    id: { type: () => ID, description: 'Id of the record.' },
  });
  const merge = declareType('ChoiceMerge', 'A choice that another one stands for from then on.', {
    id: { type: () => ID, description: 'What undoChoiceMerge takes.' },
    loserId: { type: () => ID, description: 'Id of the choice that was merged away.' },
  });
  const moved: Member = { type: () => Int, description: 'Records whose refs have moved by now.' };
  const alias: Members = { value: { type: () => String, description: 'The legacy value.' }, choice: choice('The choice.') };
  return {
    choiceList,
    create: payload('createChoice', { choice: choice('The choice created.') }),
    update: payload('updateChoice', { choice: choice('The choice as it is now.') }),
    reorder: payload('reorderChoices', { list: { type: () => choiceList, description: 'The list as it is now.' } }),
    setActive: payload('setChoiceActive', { choice: choice('The choice as it is now.'), plan: planned }),
    setDefault: payload('setDefaultChoice', {
      choice: choice('What new records take that say nothing; null where they take none.', true),
    }),
    delete: payload('deleteChoice', { choice: choice('The choice as it is now.'), plan: planned }),
    restore: payload('restoreChoice', { choice: choice('The choice as it is now.') }),
    addAlias: payload('addAlias', alias),
    removeAlias: payload('removeAlias', { ...alias, choice: choice('The choice that it named.') }),
    apply: payload('applyChoiceChanges', { list: { type: () => choiceList, description: 'The list as it is now.' } }),
    revert: payload('revertChoiceChange', { choice: choice('The choice as it is now; null where the change was of a default.', true) }),
    merge: payload('mergeChoices', {
      survivor: choice('The choice that stays.'),
      merges: { type: () => [merge], description: 'What undoes each; empty after a dry run.' },
      moved,
      plan: { type: () => plan, description: 'What it touches.' },
      run,
    }),
    undo: payload('undoChoiceMerge', {
      choice: choice('The choice that stands for itself again.'),
      moved: { ...moved, description: 'Records that are its own again by now.' },
      editedCount: {
        type: () => Int,
        description: 'Records that moved by the merge and were given another value since: they stay as they are.',
      },
      edited: { type: () => [edited], description: 'Some of them, at most 100.' },
      run,
    }),
  } satisfies Record<string, ObjectClass>;
}
