import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import type { Choice } from '../choice.ts';
import { ChoiceInterface } from './choice.type.ts';

export const ChoiceSource = { DYNAMIC: 'DYNAMIC', HARDCODED: 'HARDCODED' } as const;
registerEnumType(ChoiceSource, {
  name: 'ChoiceSource',
  description: 'Where a list of choices comes from.',
  valuesConfig: {
    DYNAMIC: { description: "The tenant's own choices." },
    HARDCODED: { description: 'The list that the code had before choices became records; the tenant has none of its own yet.' },
  },
});

@ObjectType({ description: 'One entry of a list that a form offers.' })
export class ChoiceOption {
  @Field(() => ID, { nullable: true, description: 'Id of the choice; null in a hardcoded list.' })
  id!: string | null;

  @Field(() => String, { description: 'Key of the choice: what the legacy input takes.' })
  key!: string;

  @Field(() => String, { description: 'What to show.' })
  label!: string;

  @Field(() => Boolean, { description: 'Whether it may be newly chosen. An inactive one is listed only as the current one.' })
  active!: boolean;

  @Field(() => ChoiceInterface as never, { nullable: true, description: 'The choice itself; null in a hardcoded list.' })
  choice!: Choice | null;
}

@ObjectType({ description: 'What a form may offer for a choice field.' })
export class ChoiceOptions {
  @Field(() => ChoiceSource, { description: 'Where the list comes from.' })
  source!: keyof typeof ChoiceSource;

  @Field(() => Boolean, { description: 'Whether a record must have a choice.' })
  required!: boolean;

  @Field(() => [ChoiceOption], { description: 'The entries, in order.' })
  options!: readonly ChoiceOption[];

  @Field(() => ChoiceOption, {
    nullable: true,
    description: 'The entry that a record takes which is created without one; null where it takes none.',
  })
  default!: ChoiceOption | null;
}
