import { Float, ID, Int } from 'type-graphql';
import { DeclarationError } from '../../../errors.ts';
import type { ChoiceType, ExtraColumn } from '../../choice-field.ts';
import type { ChoiceRegistry } from '../../choice-registry.ts';
import type { ObjectClass } from '../../derive/graphql-type.ts';
import type { ChoiceEnums } from '../choice-enums.ts';
import { declareInput, type Member, type Members } from './declare.ts';

const SCALARS = { text: String, integer: Int, numeric: Float, boolean: Boolean } as const satisfies Record<ExtraColumn['type'], unknown>;

const id = (description: string, nullable = false): Member => ({ type: () => ID, nullable, description });
const text = (description: string, nullable = false): Member => ({ type: () => String, nullable, description });

const VERSION: Members = {
  version: {
    type: () => Int,
    nullable: true,
    description: 'The version of the choice that the change was made from: if given, it must match.',
  },
};
const DEPARTURE: Members = {
  ...VERSION,
  replacementId: id('Id of the choice that becomes the default where this one was, and stays active where this one was the last.', true),
  planHash: text('What a dry run answered: if what the change touches is another by now, it is refused as a CONFLICT.', true),
};
const DRY_RUN: Members = {
  dryRun: {
    type: () => Boolean,
    nullable: true,
    defaultValue: false,
    description: 'Write nothing, and say what would be touched: see `plan`.',
  },
};

/** What each change of choices takes, without the type and the reason that every mutation takes besides. */
export interface ChangeMembers {
  readonly create: Members;
  readonly update: Members;
  readonly reorder: Members;
  readonly setActive: Members;
  readonly setDefault: Members;
  readonly delete: Members;
  readonly restore: Members;
  readonly addAlias: Members;
  readonly removeAlias: Members;
}

export function listChangeMembers(registry: ChoiceRegistry, { fields: fieldEnum }: ChoiceEnums): ChangeMembers {
  const own = listOwnMembers(registry.types);
  return {
    create: {
      key: text('Key; made from the label if it is absent. It never changes.', true),
      label: text('Name for people: no two choices of a kind have labels that look the same.'),
      position: { type: () => Int, nullable: true, description: 'Place in the list, from 1; the last one if it is absent.' },
      ...own,
    },
    update: { id: id('Id of the choice.'), ...VERSION, label: text('Name for people.', true), ...own },
    reorder: {
      ids: { type: () => [ID], description: 'Ids of all choices of the list, inactive ones included, in the order wanted.' },
      expectedVersion: text('The version of the list that the order was made from: if given, it must match.', true),
    },
    setActive: {
      id: id('Id of the choice.'),
      active: { type: () => Boolean, description: 'Whether records may newly choose it.' },
      ...DEPARTURE,
    },
    setDefault: {
      field: { type: () => fieldEnum, description: 'Which field.' },
      id: id('Id of the choice that new records take; null: what the column had as its default.', true),
    },
    delete: { id: id('Id of the choice.'), ...DEPARTURE },
    restore: { id: id('Id of the choice.'), ...VERSION, label: text('Another name, where its own is taken by now.', true) },
    addAlias: { choiceId: id('Id of the choice.'), value: text('The legacy value that comes to name it, to the byte.') },
    removeAlias: { value: text('The legacy value, to the byte. No record may carry it.') },
  };
}

/** Members of the types' own columns: flat, as a type has few of them. */
export function listOwnMembers(types: readonly ChoiceType[]): Members {
  const members: Record<string, Member> = {};
  for (const name of listOwnNames(types)) {
    const bearers = types.filter(({ extra }) => Object.hasOwn(extra, name));
    const [first, ...others] = bearers.map(({ extra }) => extra[name]!);
    if (others.some(({ type }) => type !== first!.type))
      throw new DeclarationError(
        `${name}: expected one type of column in all choice types that have it: ${bearers.map((type) => `${type.name} has ${type.extra[name]!.type}`).join(', ')}`,
      );
    members[name] = {
      type: () => SCALARS[first!.type],
      nullable: true,
      description: `Of ${bearers.map((type) => type.name).join(' and ')}: ${first!.description}`,
    };
  }
  return members;
}

export function listOwnNames(types: readonly ChoiceType[]): string[] {
  return [...new Set(types.flatMap(({ extra }) => Object.keys(extra)))];
}

/** Declares the inputs of the mutations. */
export function createManageInputs(registry: ChoiceRegistry, enums: ChoiceEnums) {
  const changes = listChangeMembers(registry, enums);
  const type: Members = { type: { type: () => enums.types, description: 'Which kind of choice.' } };
  const reason: Members = { reason: text('Why: kept in the history.', true) };
  const declare = (name: string, description: string, members: Members): ObjectClass =>
    declareInput(name, description, { ...type, ...members, ...reason });
  const changeInputs = Object.fromEntries(
    Object.entries(changes).map(([kind, members]) => [
      kind,
      declareInput(`${capitalize(kind)}ChoiceChangeInput`, `As ${MUTATIONS[kind]} takes it.`, members as Members),
    ]),
  );
  const change = declareInput(
    'ChoiceChangeInput',
    'One change of a list of them: exactly one of its members.',
    Object.fromEntries(
      Object.entries(changeInputs).map(([kind, input]) => [
        kind,
        { type: () => input, nullable: true, description: `What ${MUTATIONS[kind]} does.` },
      ]),
    ),
  );
  return {
    create: declare('CreateChoiceInput', 'A new choice.', changes.create),
    update: declare('UpdateChoiceInput', 'What becomes of a choice. What is absent stays.', changes.update),
    reorder: declare('ReorderChoicesInput', 'A new order of the choices of a kind.', changes.reorder),
    setActive: declare('SetChoiceActiveInput', 'Whether a choice may be chosen.', { ...changes.setActive, ...DRY_RUN }),
    setDefault: declareInput('SetDefaultChoiceInput', 'What new records take that say nothing.', { ...changes.setDefault, ...reason }),
    delete: declare('DeleteChoiceInput', 'A choice that nothing refers to.', { ...changes.delete, ...DRY_RUN }),
    restore: declare('RestoreChoiceInput', 'A choice that was deleted.', changes.restore),
    addAlias: declare('AddChoiceAliasInput', 'A legacy value that comes to name a choice.', changes.addAlias),
    removeAlias: declare('RemoveChoiceAliasInput', 'A legacy value that names no choice any more.', changes.removeAlias),
    apply: declare('ApplyChoiceChangesInput', 'Changes of the choices of a kind: all of them are made, or none.', {
      changes: { type: () => [change], description: 'The changes, in order: at most 1000.' },
    }),
    revert: declare('RevertChoiceChangeInput', 'A change of the history that is taken back.', {
      sequence: { type: () => String, description: 'The id of the change, as choiceHistory tells it.' },
      ...VERSION,
      replacementId: DEPARTURE.replacementId!,
    }),
    merge: declare('MergeChoicesInput', 'Choices that go, and the one that stands for them from then on.', {
      loserIds: { type: () => [ID], description: 'Ids of the choices that are merged away.' },
      survivorId: id('Id of the choice that stays.'),
      planHash: DEPARTURE.planHash!,
      ...DRY_RUN,
    }),
    undo: declare('UndoChoiceMergeInput', 'The merge to undo: by its id, or by the choice that was merged away.', {
      mergeId: id('Id of the merge, as mergeChoices answered it.', true),
      loserId: id('Id of the choice that was merged away.', true),
    }),
  };
}

/** The mutation that makes a change alone. */
const MUTATIONS: Readonly<Record<string, string>> = {
  create: 'createChoice',
  update: 'updateChoice',
  reorder: 'reorderChoices',
  setActive: 'setChoiceActive',
  setDefault: 'setDefaultChoice',
  delete: 'deleteChoice',
  restore: 'restoreChoice',
  addAlias: 'addAlias',
  removeAlias: 'removeAlias',
};

function capitalize(name: string): string {
  return `${name[0]!.toUpperCase()}${name.slice(1)}`;
}
