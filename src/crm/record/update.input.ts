import { Field, InputType, Int } from 'type-graphql';

@InputType()
export abstract class UpdateInput {
  @Field(() => Int, {
    nullable: true,
    description: 'The version that the changes are based on. If the record has another one by now, the answer is CONFLICT.',
  })
  version?: number | null;
}
