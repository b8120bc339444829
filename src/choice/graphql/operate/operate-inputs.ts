import { Field, InputType } from 'type-graphql';
import type { ObjectClass } from '../../derive/graphql-type.ts';
import { ChoicePhase } from '../choice-status.type.ts';

/** What the mutations of operators take. */
export interface OperateInputs {
  readonly step: ObjectClass;
  readonly pause: ObjectClass;
  readonly resume: ObjectClass;
  readonly rollback: ObjectClass;
  readonly map: ObjectClass;
  readonly accept: ObjectClass;
}

/** The scope of a step as it arrives: enum values of fields, slugs of tenants. */
export interface StepInput {
  readonly fields?: readonly string[] | null;
  readonly tenants?: readonly string[] | null;
  readonly dryRun?: boolean | null;
}

@InputType({ description: 'A legacy value and the choice that it stands for.' })
export class ChoiceMappingInput {
  @Field(() => String, { description: 'The legacy value, to the byte.' })
  value!: string;

  @Field(() => String, { description: 'Key of the choice.' })
  key!: string;
}

/** Declares the inputs; `fieldEnum` is the enum of choice fields. */
export function createOperateInputs(fieldEnum: object): OperateInputs {
  abstract class Scope implements StepInput {
    fields?: string[] | null;
    tenants?: string[] | null;
    dryRun?: boolean | null;
  }
  const addScope = (input: ObjectClass) => {
    Field(() => [fieldEnum], { nullable: true, description: 'Which choice fields; all of them if absent.' })(input.prototype, 'fields');
    Field(() => [String], {
      nullable: true,
      description: "Slugs of tenants; every tenant if absent. A tenant's own operator works on that tenant alone.",
    })(input.prototype, 'tenants');
  };
  const addDryRun = (input: ObjectClass) =>
    Field(() => Boolean, { nullable: true, defaultValue: false, description: 'Write nothing, and say exactly what would be done.' })(
      input.prototype,
      'dryRun',
    );

  @InputType('ChoiceStepInput', { description: 'What a step of the migration works on.' })
  class Step extends Scope {}
  addScope(Step);
  addDryRun(Step);

  @InputType('PauseMigrationInput', { description: 'Which backfills to pause.' })
  class Pause extends Scope {
    @Field(() => String, { nullable: true, description: 'Why: kept until they are resumed.' })
    reason?: string | null;
  }
  addScope(Pause);
  addDryRun(Pause);

  @InputType('ResumeMigrationInput', { description: 'Which backfills to resume.' })
  class Resume extends Scope {}
  addScope(Resume);
  addDryRun(Resume);

  @InputType('RollbackChoicesInput', { description: 'What to take back, and how far.' })
  class Rollback extends Scope {
    @Field(() => ChoicePhase, { description: 'The phase to go back to.' })
    to!: string;

    @Field(() => String, { nullable: true, description: 'Why: kept with the change of phase.' })
    reason?: string | null;
  }
  addScope(Rollback);
  addDryRun(Rollback);

  @InputType('MapChoiceValuesInput', { description: 'Which legacy values stand for which choices.' })
  class MapValues {
    @Field(() => [ChoiceMappingInput], { description: 'Values and keys: all of them are mapped, or none.' })
    pairs!: ChoiceMappingInput[];

    @Field(() => Boolean, {
      nullable: true,
      defaultValue: false,
      description: 'Move values that are mapped to another choice already, and the refs that came from them.',
    })
    remap?: boolean | null;
  }
  Field(() => fieldEnum, { description: 'The choice field.' })(MapValues.prototype, 'field');
  addDryRun(MapValues);

  @InputType('AcceptChoiceValuesInput', { description: 'Which legacy values may stay without a choice.' })
  class AcceptValues {
    @Field(() => [String], { description: 'The legacy values, to the byte.' })
    values!: string[];

    @Field(() => String, { description: 'Why they may stay.' })
    reason!: string;
  }
  Field(() => fieldEnum, { description: 'The choice field.' })(AcceptValues.prototype, 'field');
  addDryRun(AcceptValues);

  return { step: Step, pause: Pause, resume: Resume, rollback: Rollback, map: MapValues, accept: AcceptValues };
}
