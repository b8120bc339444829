import { Field, ID, ObjectType } from 'type-graphql';
import { RecordType } from '../record/record.type.ts';

@ObjectType('Task', { description: 'Something to be done, perhaps about a lead.' })
export class TaskType extends RecordType {
  @Field(() => ID, { nullable: true, description: 'Id of the lead it is about.' })
  leadId!: string | null;

  @Field(() => String, { description: 'What is to be done.' })
  title!: string;
}
