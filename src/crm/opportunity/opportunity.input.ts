import { Field, ID, InputType } from 'type-graphql';
import { Decimal } from '../record/scalars.ts';
import { UpdateInput } from '../record/update.input.ts';

@InputType({ description: 'A new opportunity.' })
export class CreateOpportunityInput {
  @Field(() => ID, { description: 'Id of the account.' })
  accountId!: string;

  @Field(() => String, { description: 'Name of the deal, at most 200 characters.' })
  name!: string;

  @Field(() => Decimal, { nullable: true, description: 'What the deal is worth.' })
  amount?: string | null;
}

@InputType({ description: 'Changes of an opportunity. What is absent stays.' })
export class UpdateOpportunityInput extends UpdateInput {
  @Field(() => ID, { nullable: true, description: 'Id of the account.' })
  accountId?: string | null;

  @Field(() => String, { nullable: true, description: 'Name of the deal, at most 200 characters.' })
  name?: string | null;

  @Field(() => Decimal, { nullable: true, description: 'What the deal is worth. Null clears it.' })
  amount?: string | null;
}
