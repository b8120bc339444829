import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../date-time.ts';

export const ChoiceChangeKind = { CHOICE: 'CHOICE', ALIAS: 'ALIAS', PHASE: 'PHASE', ACCEPTANCE: 'ACCEPTANCE', DEFAULT: 'DEFAULT' };
registerEnumType(ChoiceChangeKind, {
  name: 'ChoiceChangeKind',
  description: 'What changed.',
  valuesConfig: {
    CHOICE: { description: 'A choice.' },
    ALIAS: { description: 'The choice that a legacy value stands for.' },
    PHASE: { description: 'Where a choice field stands in the migration.' },
    ACCEPTANCE: { description: 'The permission of a legacy value to stay without a choice.' },
    DEFAULT: { description: 'The choice that new records of a field take that say nothing.' },
  },
});

export const ChoiceChangeAction = { INSERT: 'INSERT', UPDATE: 'UPDATE', DELETE: 'DELETE' };
registerEnumType(ChoiceChangeAction, {
  name: 'ChoiceChangeAction',
  description: 'How it changed.',
  valuesConfig: {
    INSERT: { description: 'It was not there before.' },
    UPDATE: { description: 'It is another than before.' },
    DELETE: { description: 'It is not there any more.' },
  },
});

@ObjectType({ description: 'A member of what changed, as it was and as it came to be.' })
export class ChoiceMemberChange {
  @Field(() => String, { description: 'Its name: `label`.' })
  member!: string;

  @Field(() => String, { nullable: true, description: 'Its value before, as text; null where there was none.' })
  before!: string | null;

  @Field(() => String, { nullable: true, description: 'Its value since then, as text; null where there is none.' })
  after!: string | null;
}

@ObjectType('ChoiceChange', { description: 'A change that somebody made. What is recorded never changes.' })
export class ChoiceChangeType {
  @Field(() => ID, { description: "Its number among the tenant's changes." })
  id!: string;

  @Field(() => DateTime, { description: 'When it was made.' })
  changedAt!: string;

  @Field(() => String, { description: 'Who answers for it.' })
  actor!: string;

  @Field(() => String, { nullable: true, description: 'The command or mutation; null if it was made past both.' })
  operation!: string | null;

  @Field(() => String, { nullable: true, description: 'Id of the request, or of the run, that made it.' })
  requestId!: string | null;

  @Field(() => ID, { description: 'Changes that were made together have the same.' })
  group!: string;

  @Field(() => String, { nullable: true, description: 'Why it was made.' })
  reason!: string | null;

  @Field(() => ChoiceChangeKind, { description: 'What changed.' })
  kind!: string;

  @Field(() => ChoiceChangeAction, { description: 'How it changed.' })
  action!: string;

  @Field(() => ID, {
    nullable: true,
    description: 'Id of the choice that changed, or that the legacy value stands for, or stood for before it stood for none.',
  })
  choiceId!: string | null;

  @Field(() => String, { nullable: true, description: 'The legacy value of an alias or an acceptance.' })
  legacyValue!: string | null;

  @Field(() => [ChoiceMemberChange], { description: 'The members that changed.' })
  changes!: readonly ChoiceMemberChange[];

  @Field(() => Int, { nullable: true, description: 'How many records it touched, where that was recorded.' })
  records!: number | null;
}
