import { Field, InputType } from 'type-graphql';
import { UpdateInput } from '../record/update.input.ts';

@InputType({ description: 'A new account.' })
export class CreateAccountInput {
  @Field(() => String, { description: 'Name of the company, at most 200 characters.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'Address of its web site, at most 500 characters.' })
  website?: string | null;

  @Field(() => String, { nullable: true, description: 'Country, at most 100 characters.' })
  country?: string | null;
}

@InputType({ description: 'Changes of an account. What is absent stays.' })
export class UpdateAccountInput extends UpdateInput {
  @Field(() => String, { nullable: true, description: 'Name of the company, at most 200 characters.' })
  name?: string | null;

  @Field(() => String, { nullable: true, description: 'Address of its web site, at most 500 characters. Null clears it.' })
  website?: string | null;

  @Field(() => String, { nullable: true, description: 'Country, at most 100 characters. Null clears it.' })
  country?: string | null;
}
