import { Field, ID, Int, ObjectType } from 'type-graphql';
import { DateTime } from '../../choice/graphql/date-time.ts';

@ObjectType()
export abstract class RecordType {
  @Field(() => ID, { description: 'Identifies the record within its tenant.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'The id that the record had in the system it was imported from.' })
  legacyId!: string | null;

  @Field(() => Int, { description: 'Counts the writes through this API. Send it with an update to be told of a conflict.' })
  version!: number;

  @Field(() => DateTime, { description: 'When the record was created.' })
  createdAt!: Date;

  @Field(() => DateTime, { description: 'When the record was last written through this API.' })
  updatedAt!: Date;
}
