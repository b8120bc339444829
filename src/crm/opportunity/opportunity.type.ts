import { Field, ID, ObjectType } from 'type-graphql';
import { RecordType } from '../record/record.type.ts';
import { Decimal } from '../record/scalars.ts';

@ObjectType('Opportunity', { description: 'A deal that may be made with an account.' })
export class OpportunityType extends RecordType {
  @Field(() => ID, { description: 'Id of the account.' })
  accountId!: string;

  @Field(() => String, { description: 'Name of the deal.' })
  name!: string;

  @Field(() => Decimal, { nullable: true, description: 'What the deal is worth.' })
  amount!: string | null;
}
