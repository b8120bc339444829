import { Field, ObjectType } from 'type-graphql';
import { RecordType } from '../record/record.type.ts';

@ObjectType('Account', { description: 'A company that is a customer or may become one.' })
export class AccountType extends RecordType {
  @Field(() => String, { description: 'Name of the company.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'Address of its web site.' })
  website!: string | null;

  @Field(() => String, { nullable: true, description: 'Country.' })
  country!: string | null;
}
