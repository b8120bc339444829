import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { RUN_STATUSES, RUN_STEPS } from '../../runs/choice-run.ts';
import { ChoiceFieldStatus } from '../choice-status.type.ts';
import { DateTime } from '../date-time.ts';

const enumOf = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name.toUpperCase(), name.toUpperCase()]));

export const ChoiceStep = enumOf(RUN_STEPS);
registerEnumType(ChoiceStep, {
  name: 'ChoiceStep',
  description: 'A long step of the migration.',
  valuesConfig: {
    MIGRATE: { description: 'Gives every record whose value resolves its ref.' },
    VERIFY: { description: 'Compares every record, and the structure around it, with what is promised.' },
    PREFER: { description: 'Lets reads go by the ref alone.' },
    ROLLBACK: { description: 'Goes back to an earlier phase.' },
    MERGE: { description: 'Lets the refs of records follow choices that were merged, or whose merge was undone.' },
  },
});

export const ChoiceRunStatus = enumOf(RUN_STATUSES);
registerEnumType(ChoiceRunStatus, {
  name: 'ChoiceRunStatus',
  description: 'How a run stands.',
  valuesConfig: {
    RUNNING: {
      description:
        'It is being carried out. If its server ends, another one takes it over; a rollback from more than 10 minutes ago fails then.',
    },
    SUCCEEDED: { description: 'It was carried out.' },
    BLOCKED: { description: 'A gate refused it, or something is left to decide: see its blockers.' },
    FAILED: { description: 'It could not be carried out: see its error.' },
  },
});

@ObjectType({ description: 'Why a step is not safe yet.' })
export class ChoiceBlocker {
  @Field(() => String, { description: 'For programs: `UNMAPPED`.' })
  code!: string;

  @Field(() => String, { description: 'For people.' })
  message!: string;

  @Field(() => String, { nullable: true, description: 'Schema coordinate of the choice field it is about.' })
  field!: string | null;

  @Field(() => String, { nullable: true, description: 'Slug of the tenant it is about.' })
  tenant!: string | null;
}

@ObjectType({ description: 'A fault that a verification found.' })
export class ChoiceFinding extends ChoiceBlocker {
  @Field(() => Int, { description: 'How many records or objects have it.' })
  count!: number;

  @Field(() => [ID], { description: "Ids of some of the records; none for a platform operator, who sees no tenant's data." })
  sampleIds!: readonly string[];

  @Field(() => String, { description: 'The command that mends it.' })
  remedy!: string;
}

@ObjectType({ description: 'How far a run is.' })
export class ChoiceRunProgress {
  @Field(() => Int, { description: 'Records done.' })
  done!: number;

  @Field(() => Int, { description: 'Records that lacked their ref when it was asked for.' })
  total!: number;
}

@ObjectType('ChoiceRun', { description: 'A long step that somebody asked for, to be followed.' })
export class ChoiceRunType {
  @Field(() => ID, { nullable: true, description: 'Identifies the run; null for a dry run, which nothing is kept of.' })
  id!: string | null;

  @Field(() => ChoiceStep, { description: 'What is done.' })
  step!: string;

  @Field(() => [String], { nullable: true, description: 'Slugs of the tenants it works on; null for every tenant.' })
  tenants!: readonly string[] | null;

  @Field(() => String, { description: 'Who asked for it.' })
  requestedBy!: string;

  @Field(() => DateTime, { description: 'When it was asked for.' })
  requestedAt!: string;

  @Field(() => DateTime, { nullable: true, description: 'When it ended.' })
  finishedAt!: string | null;

  @Field(() => String, { nullable: true, description: 'Why it was asked for.' })
  reason!: string | null;

  @Field(() => ChoiceRunStatus, { description: 'How it stands.' })
  status!: string;

  @Field(() => ChoiceRunProgress, {
    nullable: true,
    description: 'How far the backfill is, or was when the run ended; null for a step without one.',
  })
  progress!: ChoiceRunProgress | null;

  @Field(() => [ChoiceFieldStatus], { description: 'The figures it ended with, per field and tenant.' })
  reports!: readonly ChoiceFieldStatus[];

  @Field(() => [ChoiceFinding], { description: 'What a verification found.' })
  findings!: readonly ChoiceFinding[];

  @Field(() => [ChoiceBlocker], { description: 'What keeps it from being done.' })
  blockers!: readonly ChoiceBlocker[];

  @Field(() => String, { nullable: true, description: 'Why it failed.' })
  error!: string | null;
}
