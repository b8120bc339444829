import { sql } from 'kysely';
import { Arg, Ctx, Field, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { NotFoundError } from '../../errors.ts';
import { requireTenant } from '../../tenancy/access.ts';
import type { Choice } from '../choice.ts';
import type { ChoiceType } from '../choice-field.ts';
import type { ChoiceRegistry } from '../choice-registry.ts';
import { selectChoice } from '../derive/choice-columns.ts';
import type { ObjectClass } from '../derive/graphql-type.ts';
import { readChoiceOptions } from '../derive/options.ts';
import type { Eventual } from '../eventual.ts';
import { excerpt } from '../excerpt.ts';
import { countRecordsOf } from '../migrate/report.ts';
import { isUuid } from '../uuid.ts';
import type { ChoiceEnums } from './choice-enums.ts';
import { ChoiceInterface } from './choice.type.ts';
import type { ChoiceContext } from './choice-context.ts';
import { ChoiceOptions } from './choice-options.type.ts';
import { ChoiceFieldStatus } from './choice-status.type.ts';
import { describeStatuses } from './describe-status.ts';

/** Declares the resolvers of choices for a registry: `choices`, `choiceOptions`, `choiceFields` and the members of choices. */
export function createChoiceResolvers(
  registry: ChoiceRegistry,
  { types: typeEnum, fields: fieldEnum }: ChoiceEnums,
  typeClasses: ReadonlyMap<ChoiceType, ObjectClass>,
): ObjectClass[] {
  Field(() => fieldEnum, { description: 'Which field.' })(ChoiceFieldStatus.prototype, 'field');

  @Resolver()
  class ChoiceResolver {
    @Query(() => [ChoiceInterface as never], { description: 'Choices of the tenant, in order.' })
    async choices(
      @Arg('type', () => typeEnum, { description: 'Which kind.' }) typeName: string,
      @Arg('includeInactive', () => Boolean, {
        nullable: true,
        defaultValue: false,
        description: 'Whether to list inactive and merged choices too.',
      })
      includeInactive: boolean | null,
      @Arg('includeDeleted', () => Boolean, {
        nullable: true,
        defaultValue: false,
        description: 'Whether to list deleted choices too: restoreChoice takes them.',
      })
      includeDeleted: boolean | null,
      @Ctx() context: ChoiceContext,
    ): Promise<Choice[]> {
      const { session } = requireTenant(context);
      const type = registry.types.find((candidate) => candidate.enumValue === typeName)!;
      const selectable = includeInactive ? sql`true` : sql`choice.active AND choice.merged_into_id IS NULL`;
      const there = includeDeleted ? sql`choice.deleted_at IS NOT NULL OR` : sql`choice.deleted_at IS NULL AND`;
      return session.read(sql<Choice>`
        SELECT ${selectChoice(type, 'choice')} FROM ${sql.table(type.table)} AS choice
        WHERE choice.tenant_id = ${session.tenantId} AND (${there} (${selectable}))
        ORDER BY choice.position, choice.id`);
    }

    @Query(() => ChoiceOptions, {
      description: "What a form may offer: the tenant's active choices, or the hardcoded list while there are none.",
    })
    async choiceOptions(
      @Arg('field', () => fieldEnum, { description: 'For which field.' }) fieldName: string,
      @Arg('current', () => ID, {
        nullable: true,
        description: 'Id of the choice that the record has: it is listed even if it is inactive.',
      })
      current: string | null | undefined,
      @Ctx() context: ChoiceContext,
    ): Promise<ChoiceOptions> {
      const { session, choices } = requireTenant(context);
      const field = registry.fields.find((candidate) => candidate.enumValue === fieldName)!;
      if (typeof current === 'string' && !(isUuid(current) && (await choices.readSurvivor(field.type, current))))
        throw new NotFoundError(`current: no ${field.type.name} has the id "${excerpt(current)}"`, {
          field: field.coordinate,
          id: excerpt(current),
        });
      return readChoiceOptions(session.read, session.tenantId, field, current ?? undefined);
    }

    @Query(() => [ChoiceFieldStatus], {
      description:
        "Where each choice field stands in the migration: for the token's tenant, or as figures for every tenant with a platform operator's token.",
    })
    async choiceFields(@Ctx() context: ChoiceContext): Promise<ChoiceFieldStatus[]> {
      const { principal, tenant: part } = context;
      if (principal?.tenant === null && principal.roles.has('operator'))
        return describeStatuses(await context.readReports(), registry, false);
      const { session, tenant } = requireTenant({ principal, tenant: part });
      return describeStatuses(await countRecordsOf(session.read, registry.fields, [tenant]), registry, true);
    }
  }
  return [ChoiceResolver, ...registry.types.map((type) => createMergedIntoResolver(type, typeClasses.get(type)!))];
}

function createMergedIntoResolver(type: ChoiceType, typeClass: ObjectClass): ObjectClass {
  @Resolver(() => typeClass)
  class MergedIntoResolver {
    @FieldResolver(() => typeClass, { nullable: true, description: 'The choice this one was merged into; null if it was not.' })
    mergedInto(@Root() choice: Choice, @Ctx() context: ChoiceContext): Eventual<Choice | null> {
      return choice.mergedIntoId === null ? null : requireTenant(context).choices.readSurvivor(type, choice.mergedIntoId);
    }
  }
  return MergedIntoResolver;
}
