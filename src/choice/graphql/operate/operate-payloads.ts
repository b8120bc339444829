import { Field, Int, ObjectType } from 'type-graphql';

@ObjectType({ description: 'What became of a legacy value that was mapped.' })
export class MappedChoiceValue {
  @Field(() => String, { description: 'The legacy value, to the byte.' })
  value!: string;

  @Field(() => String, { description: 'Key of the choice that it stands for now.' })
  key!: string;

  @Field(() => Boolean, { description: 'Whether it stood for none before.' })
  added!: boolean;

  @Field(() => Int, { description: 'Records of the field that carry the value and have no ref yet: migrateChoices moves them.' })
  rows!: number;

  @Field(() => Int, { description: 'Records, of every field of the type, whose ref moved to the new choice.' })
  remapped!: number;
}

@ObjectType({ description: 'What became of a legacy value that was accepted.' })
export class AcceptedChoiceValue {
  @Field(() => String, { description: 'The legacy value, to the byte.' })
  value!: string;

  @Field(() => Int, { description: 'How many records carry it.' })
  count!: number;

  @Field(() => Boolean, { description: 'Whether it was not accepted before.' })
  added!: boolean;
}
