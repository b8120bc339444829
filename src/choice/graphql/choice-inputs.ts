import { Field, ID, InputType } from 'type-graphql';

@InputType({ description: 'Names a choice by its id or by its key: exactly one of the two.' })
export class ChoiceRefInput {
  @Field(() => ID, { nullable: true, description: 'Id of the choice.' })
  id?: string | null;

  @Field(() => String, { nullable: true, description: 'Key of the choice.' })
  key?: string | null;
}

@InputType({
  description: 'Selects records by a choice. Conditions given together must all hold; a merged choice stands for its survivor.',
})
export class ChoiceFilter {
  @Field(() => [ID], { nullable: true, description: 'The record has one of these choices.' })
  id?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'The record has a choice with one of these keys.' })
  key?: string[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the record answers no choice: it is empty, or its value is one that no choice stands for.',
  })
  isNull?: boolean | null;
}
