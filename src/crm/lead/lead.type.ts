import { Field, Int, ObjectType } from 'type-graphql';
import { RecordType } from '../record/record.type.ts';
import { Decimal } from '../record/scalars.ts';

@ObjectType('Lead', { description: 'A person who may become a customer.' })
export class LeadType extends RecordType {
  @Field(() => String, { description: 'Given name.' })
  firstName!: string;

  @Field(() => String, { description: 'Family name.' })
  lastName!: string;

  @Field(() => String, { description: 'E-mail address.' })
  email!: string;

  @Field(() => String, { nullable: true, description: 'Phone number.' })
  phone!: string | null;

  @Field(() => String, { description: 'Where the person works.' })
  company!: string;

  @Field(() => String, { nullable: true, description: 'What the person does there.' })
  jobTitle!: string | null;

  @Field(() => String, { nullable: true, description: 'Country.' })
  country!: string | null;

  @Field(() => Int, { description: 'How promising the lead is; higher is better.' })
  leadScore!: number;

  @Field(() => Decimal, { nullable: true, description: "The company's revenue a year." })
  annualRevenue!: string | null;
}
