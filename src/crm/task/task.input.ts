import { Field, ID, InputType } from 'type-graphql';
import { UpdateInput } from '../record/update.input.ts';

@InputType({ description: 'A new task.' })
export class CreateTaskInput {
  @Field(() => ID, { nullable: true, description: 'Id of the lead it is about.' })
  leadId?: string | null;

  @Field(() => String, { description: 'What is to be done, at most 200 characters.' })
  title!: string;
}

@InputType({ description: 'Changes of a task. What is absent stays.' })
export class UpdateTaskInput extends UpdateInput {
  @Field(() => ID, { nullable: true, description: 'Id of the lead it is about. Null clears it.' })
  leadId?: string | null;

  @Field(() => String, { nullable: true, description: 'What is to be done, at most 200 characters.' })
  title?: string | null;
}
