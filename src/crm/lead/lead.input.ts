import { Field, InputType, Int } from 'type-graphql';
import { Decimal } from '../record/scalars.ts';
import { UpdateInput } from '../record/update.input.ts';

@InputType({ description: 'A new lead.' })
export class CreateLeadInput {
  @Field(() => String, { description: 'Given name, at most 100 characters.' })
  firstName!: string;

  @Field(() => String, { description: 'Family name, at most 100 characters.' })
  lastName!: string;

  @Field(() => String, { description: 'E-mail address, at most 254 characters.' })
  email!: string;

  @Field(() => String, { nullable: true, description: 'Phone number, at most 50 characters.' })
  phone?: string | null;

  @Field(() => String, { description: 'Where the person works, at most 200 characters.' })
  company!: string;

  @Field(() => String, { nullable: true, description: 'What the person does there, at most 200 characters.' })
  jobTitle?: string | null;

  @Field(() => String, { nullable: true, description: 'Country, at most 100 characters.' })
  country?: string | null;

  @Field(() => Int, { nullable: true, description: 'How promising the lead is; 0 if absent.' })
  leadScore?: number | null;

  @Field(() => Decimal, { nullable: true, description: "The company's revenue a year." })
  annualRevenue?: string | null;
}

@InputType({ description: 'Changes of a lead. What is absent stays.' })
export class UpdateLeadInput extends UpdateInput {
  @Field(() => String, { nullable: true, description: 'Given name, at most 100 characters.' })
  firstName?: string | null;

  @Field(() => String, { nullable: true, description: 'Family name, at most 100 characters.' })
  lastName?: string | null;

  @Field(() => String, { nullable: true, description: 'E-mail address, at most 254 characters.' })
  email?: string | null;

  @Field(() => String, { nullable: true, description: 'Phone number, at most 50 characters. Null clears it.' })
  phone?: string | null;

  @Field(() => String, { nullable: true, description: 'Where the person works, at most 200 characters.' })
  company?: string | null;

  @Field(() => String, { nullable: true, description: 'What the person does there, at most 200 characters. Null clears it.' })
  jobTitle?: string | null;

  @Field(() => String, { nullable: true, description: 'Country, at most 100 characters. Null clears it.' })
  country?: string | null;

  @Field(() => Int, { nullable: true, description: 'How promising the lead is.' })
  leadScore?: number | null;

  @Field(() => Decimal, { nullable: true, description: "The company's revenue a year. Null clears it." })
  annualRevenue?: string | null;
}
