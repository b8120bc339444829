import { Ctx, Field, FieldResolver, Int, ObjectType, Resolver, Root } from 'type-graphql';
import { requireTenant } from '../../../tenancy/access.ts';
import type { Choice } from '../../choice.ts';
import type { ChoiceRegistry } from '../../choice-registry.ts';
import type { ObjectClass } from '../../derive/graphql-type.ts';
import type { ChoiceContext } from '../choice-context.ts';
import type { ChoiceEnums } from '../choice-enums.ts';
import { sumRecords } from '../../manage/count-uses.ts';
import { ChoiceInterface } from '../choice.type.ts';

@ObjectType({ description: 'How many records of one field answer a choice.' })
class ChoiceFieldUse {
  @Field(() => Int, { description: 'Records of the tenant.' })
  records!: number;
}

@ObjectType({ description: 'How many records answer a choice.' })
class ChoiceUsage {
  @Field(() => Int, { description: 'Records of the tenant, of all fields together; none of a merged choice, whose survivor has them.' })
  records!: number;

  @Field(() => [ChoiceFieldUse], { description: 'One entry for each field that has such a choice.' })
  fields!: readonly ChoiceFieldUse[];
}

/** Declares what every choice tells of itself beyond its row: `usage` and `aliases`. */
export function createMemberResolver(registry: ChoiceRegistry, { fields: fieldEnum }: ChoiceEnums): ObjectClass {
  Field(() => fieldEnum, { description: 'Which field.' })(ChoiceFieldUse.prototype, 'field');
  const typeOf = (choice: Choice) => registry.types.find(({ name }) => name === choice.type)!;

  @Resolver(() => ChoiceInterface as never)
  class ChoiceMemberResolver {
    @FieldResolver(() => ChoiceUsage, { description: 'How many records answer it, counted at this moment.' })
    async usage(@Root() choice: Choice, @Ctx() context: ChoiceContext): Promise<ChoiceUsage> {
      const uses = await requireTenant(context).choices.readUses(typeOf(choice), choice.id);
      return {
        records: sumRecords(uses),
        fields: uses.map(({ field, records }) => ({ field: field.enumValue, records })),
      };
    }

    @FieldResolver(() => [String], { description: 'The legacy values that name it, its key among them.' })
    aliases(@Root() choice: Choice, @Ctx() context: ChoiceContext): Promise<readonly string[]> {
      return requireTenant(context).choices.readAliases(typeOf(choice), choice.id);
    }
  }
  return ChoiceMemberResolver;
}
