import { Arg, Ctx, Field, ID, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { BadUserInputError } from '../../../errors.ts';
import { checkReason } from '../../check-reason.ts';
import type { ChoiceField } from '../../choice-field.ts';
import type { ChoiceRegistry } from '../../choice-registry.ts';
import type { ObjectClass } from '../../derive/graphql-type.ts';
import { acceptValues } from '../../migrate/accept.ts';
import { mapValues } from '../../migrate/map.ts';
import { pauseMigration, resumeMigration } from '../../migrate/pause.ts';
import type { Phase } from '../../migrate/phase.ts';
import { carryOut } from '../../runs/carry-out.ts';
import { type ChoiceRun, concludeStatus, type RunRequest } from '../../runs/choice-run.ts';
import { findRun, listRuns } from '../../runs/run-store.ts';
import { isUuid } from '../../uuid.ts';
import type { ChoiceContext } from '../choice-context.ts';
import { ChoiceRunType } from './choice-run.type.ts';
import { describeRun } from './describe-run.ts';
import { type ChoiceMappingInput, createOperateInputs, type StepInput } from './operate-inputs.ts';
import { AcceptedChoiceValue, MappedChoiceValue } from './operate-payloads.ts';
import { chooseTenants, operate, requireOperator, requireTenantOperator } from './operator.ts';

type MapInput = { field: string; pairs: ChoiceMappingInput[]; remap?: boolean | null; dryRun?: boolean | null };
type AcceptInput = { field: string; values: string[]; reason: string; dryRun?: boolean | null };

const MOST_RUNS = 100;
/** All other mutations need the role writer, as the description of Mutation says. */
const NEEDS_OPERATOR = 'Needs the role operator instead of writer.';
/** An answer that is awaited, such as a dry run's, reports its progress to nobody. */
const onProgress = () => undefined;

/** Declares what operators do through the API, as the commands do it. Long steps answer a run to follow. */
export function createOperateResolvers(registry: ChoiceRegistry, fieldEnum: object): ObjectClass[] {
  const inputs = createOperateInputs(fieldEnum);
  Field(() => [fieldEnum], { description: 'The choice fields it works on.' })(ChoiceRunType.prototype, 'fields');
  const fieldOf = (enumValue: string) => registry.fields.find((field) => field.enumValue === enumValue)!;
  const fieldsOf = (names: readonly string[] | null | undefined): readonly ChoiceField[] => {
    if (names?.length === 0) throw new BadUserInputError('fields: expected at least one, got an empty list', { path: 'fields' });
    return names ? [...new Set(names)].map(fieldOf) : registry.fields;
  };

  const begin = async (context: ChoiceContext, step: RunRequest['step'], input: StepInput, more: Partial<RunRequest> = {}) => {
    const operator = requireOperator(context);
    const { runs, workplace } = context.operations;
    return operate(operator, async () => {
      const tenants = await chooseTenants(operator, input.tenants, context);
      const request: RunRequest = { step, fields: fieldsOf(input.fields), tenants, requestedBy: operator.subject, ...more };
      // It may have to wait for its turn.
      const run = input.dryRun ? await context.stepAside(() => predict(request)) : await runs.start(request);
      return { run: describeRun(registry, operator, run) };
    });

    async function predict(request: RunRequest): Promise<ChoiceRun> {
      const options = { dryRun: true, actor: operator.subject, onProgress };
      const result = await workplace.work('dryRun', (db) => carryOut(db, registry, request, options));
      const now = new Date().toISOString();
      return {
        id: null,
        step,
        fields: request.fields.map((field) => field.coordinate),
        tenants: request.tenants?.map((tenant) => tenant.slug) ?? null,
        requestedBy: operator.subject,
        requestedAt: now,
        finishedAt: now,
        reason: request.reason ?? null,
        status: concludeStatus(result),
        progress: null,
        result,
        error: null,
      };
    }
  };
  const [MigratePayload, VerifyPayload, PreferPayload, RollbackPayload] = (
    ['MigrateChoices', 'VerifyChoices', 'PreferChoices', 'RollbackChoices'] as const
  ).map(createRunPayload) as [ObjectClass, ObjectClass, ObjectClass, ObjectClass];

  @ObjectType('MapChoiceValuesPayload', { description: 'What mapChoiceValues answers.' })
  class MapPayload {
    @Field(() => [MappedChoiceValue], { description: 'What became of each value.' })
    mapped!: readonly MappedChoiceValue[];
  }
  @ObjectType('AcceptChoiceValuesPayload', { description: 'What acceptChoiceValues answers.' })
  class AcceptPayload {
    @Field(() => [AcceptedChoiceValue], { description: 'What became of each value.' })
    accepted!: readonly AcceptedChoiceValue[];
  }
  const [PausePayload, ResumePayload] = (['PauseMigration', 'ResumeMigration'] as const).map(createPartsPayload) as [
    ObjectClass,
    ObjectClass,
  ];

  @Resolver()
  class OperateResolver {
    @Query(() => ChoiceRunType, {
      nullable: true,
      description: 'The run with this id; null if there is none that this operator may see. For operators.',
    })
    async choiceRun(@Arg('id', () => ID, { description: 'Id of the run.' }) id: string, @Ctx() context: ChoiceContext) {
      const operator = requireOperator(context);
      const run = isUuid(id) ? await findRun(context.operations.db, id, operator.tenant?.id ?? null) : undefined;
      return run ? describeRun(registry, operator, run) : null;
    }

    @Query(() => [ChoiceRunType], { description: 'The latest runs, newest first. For operators.' })
    async choiceRuns(
      @Arg('first', () => Int, { nullable: true, defaultValue: 20, description: `How many: at most ${MOST_RUNS}.` }) first: number | null,
      @Ctx() context: ChoiceContext,
    ) {
      const operator = requireOperator(context);
      const limit = first ?? 20;
      if (limit < 0 || limit > MOST_RUNS) throw new BadUserInputError(`first: expected 0 to ${MOST_RUNS}, got ${limit}`, { path: 'first' });
      const runs = await listRuns(context.operations.db, operator.tenant?.id ?? null, limit);
      return runs.map((run) => describeRun(registry, operator, run));
    }

    @Mutation(() => MigratePayload, {
      description: `Gives every record whose legacy value a choice stands for its ref, in batches. ${NEEDS_OPERATOR}`,
    })
    migrateChoices(@Arg('input', () => inputs.step, { description: 'Where.' }) input: StepInput, @Ctx() context: ChoiceContext) {
      return begin(context, 'migrate', input);
    }

    @Mutation(() => VerifyPayload, {
      description: `Checks every record, alias, trigger, constraint and index of choice fields. ${NEEDS_OPERATOR}`,
    })
    verifyChoices(@Arg('input', () => inputs.step, { description: 'Where.' }) input: StepInput, @Ctx() context: ChoiceContext) {
      return begin(context, 'verify', input);
    }

    @Mutation(() => PreferPayload, { description: `Lets reads go by the ref alone, where nothing is missing. ${NEEDS_OPERATOR}` })
    preferChoices(@Arg('input', () => inputs.step, { description: 'Where.' }) input: StepInput, @Ctx() context: ChoiceContext) {
      return begin(context, 'prefer', input);
    }

    @Mutation(() => RollbackPayload, {
      description: `Goes back to an earlier phase. No answer of the API changes by it. ${NEEDS_OPERATOR}`,
    })
    rollbackChoices(
      @Arg('input', () => inputs.rollback, { description: 'Where, and how far.' })
      input: StepInput & { to: string; reason?: string | null },
      @Ctx() context: ChoiceContext,
    ) {
      const fieldWide = input.to === 'LEGACY' || input.to === 'CONTRACTED';
      if (fieldWide && (requireOperator(context).tenant !== null || input.tenants))
        throw new BadUserInputError(
          `to: ${input.to} is a phase of a field, for all tenants at once: expected a platform operator's token and no tenants`,
          { path: 'to' },
        );
      return begin(context, 'rollback', input, { to: input.to.toLowerCase() as Phase, reason: checkReason(input.reason) });
    }

    @Mutation(() => PausePayload, { description: `Lets backfills that are asked for rest until they are resumed. ${NEEDS_OPERATOR}` })
    pauseMigration(
      @Arg('input', () => inputs.pause, { description: 'Which.' }) input: StepInput & { reason?: string | null },
      @Ctx() context: ChoiceContext,
    ) {
      return changePause(context, input, pauseMigration);
    }

    @Mutation(() => ResumePayload, { description: `Lets paused backfills go on. ${NEEDS_OPERATOR}` })
    resumeMigration(@Arg('input', () => inputs.resume, { description: 'Which.' }) input: StepInput, @Ctx() context: ChoiceContext) {
      return changePause(context, input, resumeMigration);
    }

    @Mutation(() => MapPayload, { description: `Maps legacy values to the tenant's choices, all or none. ${NEEDS_OPERATOR}` })
    mapChoiceValues(@Arg('input', () => inputs.map, { description: 'Which.' }) input: MapInput, @Ctx() context: ChoiceContext) {
      const operator = requireTenantOperator(context);
      const { tenant, subject } = operator;
      const mapping = { registry, field: fieldOf(input.field), tenant, pairs: input.pairs, remap: input.remap === true };
      if (input.pairs.length === 0) throw new BadUserInputError('pairs: expected at least one, got an empty list', { path: 'pairs' });
      const options = { dryRun: input.dryRun === true, actor: subject, request: context.requestId, onProgress };
      return operate(operator, () =>
        context.stepAside(() => context.operations.workplace.work('map', (db) => mapValues(db, mapping, options))),
      );
    }

    @Mutation(() => AcceptPayload, {
      description: `Lets legacy values stay without a choice, by name and with a reason. ${NEEDS_OPERATOR}`,
    })
    acceptChoiceValues(
      @Arg('input', () => inputs.accept, { description: 'Which, and why.' }) input: AcceptInput,
      @Ctx() context: ChoiceContext,
    ) {
      const operator = requireTenantOperator(context);
      const { tenant, subject } = operator;
      if (input.values.length === 0) throw new BadUserInputError('values: expected at least one, got an empty list', { path: 'values' });
      const acceptance = { field: fieldOf(input.field), tenant, values: input.values, reason: checkReason(input.reason)! };
      const options = { dryRun: input.dryRun === true, actor: subject, request: context.requestId, onProgress };
      return operate(operator, () => acceptValues(context.operations.db, acceptance, options));
    }
  }
  return [OperateResolver];

  async function changePause(context: ChoiceContext, input: StepInput & { reason?: string | null }, change: typeof pauseMigration) {
    const operator = requireOperator(context);
    return operate(operator, async () => {
      const tenants = await chooseTenants(operator, input.tenants, context);
      const scope = { registry, fields: fieldsOf(input.fields), tenants };
      const options = { dryRun: input.dryRun === true, actor: operator.subject, onProgress, reason: checkReason(input.reason) };
      return { parts: (await change(context.operations.db, scope, options)).parts };
    });
  }
}

function createRunPayload(name: string): ObjectClass {
  @ObjectType(`${name}Payload`, { description: `What ${name[0]!.toLowerCase()}${name.slice(1)} answers.` })
  class Payload {}
  Field(() => ChoiceRunType, { description: 'The run that carries it out; ended already if it was a dry run.' })(Payload.prototype, 'run');
  return Payload;
}

function createPartsPayload(name: string): ObjectClass {
  @ObjectType(`${name}Payload`, { description: `What ${name[0]!.toLowerCase()}${name.slice(1)} answers.` })
  class Payload {}
  Field(() => Int, { description: 'How many backfills of a field and tenant it changed.' })(Payload.prototype, 'parts');
  return Payload;
}
