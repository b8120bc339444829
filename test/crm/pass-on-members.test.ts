import 'reflect-metadata';
import { describe, expect, test } from '@jest/globals';
import { graphql, GraphQLObjectType, type GraphQLSchema, introspectionFromSchema } from 'graphql';
import {
  Arg,
  Authorized,
  buildSchema,
  Field,
  FieldResolver,
  InterfaceType,
  ObjectType,
  Query,
  Resolver,
  Root,
  UseMiddleware,
} from 'type-graphql';
import { passOnMembers } from '../../src/crm/pass-on-members.ts';

@InterfaceType('Named', { resolveType: () => 'Toy' })
abstract class NamedInterface {
  @Field(() => String)
  name!: string;

  @Field(() => String)
  resolvedOfInterface!: string;
}

@ObjectType()
abstract class Base {
  @Field(() => String)
  inherited!: string;

  @Field(() => String)
  resolvedOfBase!: string;
}

@ObjectType('Toy', { implements: NamedInterface })
class ToyType extends Base {
  @Field(() => String)
  plain!: string;

  @Field(() => String, { name: 'renamed' })
  otherwise!: string;

  @Field(() => String)
  method(@Arg('times', () => String) times: string): string {
    return `${this.plain} ${times}`;
  }

  @Field(() => String)
  @UseMiddleware(async (_data, next) => `${(await next()) as string} through middleware`)
  guarded!: string;

  @Authorized('admin')
  @Field(() => String)
  secret!: string;

  @Field(() => String)
  resolved!: string;

  name!: string;
  resolvedOfInterface!: string;
}

@Resolver(() => ToyType)
class ToyResolver {
  @Query(() => ToyType)
  toy() {
    const source = { inherited: 'i', plain: 'p', otherwise: 'o', guarded: 'g', secret: 's', resolved: 'r', name: 'n' };
    return { ...source, resolvedOfBase: 'b', resolvedOfInterface: 'f' };
  }

  @FieldResolver(() => String)
  resolved(@Root() { plain }: ToyType): string {
    return `resolved of ${plain}`;
  }
}

@Resolver(() => Base)
class BaseResolver {
  @FieldResolver(() => String)
  resolvedOfBase(): string {
    return 'resolved of base';
  }
}

@Resolver(() => NamedInterface)
class NamedResolver {
  @FieldResolver(() => String)
  resolvedOfInterface(): string {
    return 'resolved of interface';
  }
}

const membersOf = (schema: GraphQLSchema, type: string) => Object.values((schema.getType(type) as GraphQLObjectType).getFields());
const listPassedOn = (schema: GraphQLSchema, type: string) =>
  membersOf(schema, type)
    .filter(({ resolve }) => resolve === undefined)
    .map(({ name }) => name)
    .sort();

describe('of a schema', () => {
  const build = () =>
    buildSchema({
      resolvers: [ToyResolver, BaseResolver, NamedResolver],
      authChecker: () => false,
      validate: false,
    });
  const query = '{ toy { inherited plain renamed method(times: "x") guarded resolved name resolvedOfBase resolvedOfInterface } }';

  test('only members that are read and nothing else are passed on', async () => {
    const schema = await build();
    expect(listPassedOn(schema, 'Toy')).toEqual([]);
    passOnMembers(schema);
    expect(listPassedOn(schema, 'Toy')).toEqual(['inherited', 'name', 'plain']);
    expect(membersOf(schema, 'Query').every(({ resolve }) => resolve !== undefined)).toBe(true);
  });

  test('every member answers what it answered, and nobody gets what he may not', async () => {
    const schema = await build();
    const before = await graphql({ schema, source: query });
    expect(before.errors).toBeUndefined();
    passOnMembers(schema);
    expect(await graphql({ schema, source: query })).toEqual(before);
    expect((await graphql({ schema, source: '{ toy { secret } }' })).errors).toHaveLength(1);
  });

  test('introspection goes on as before', async () => {
    const schema = await build();
    const before = introspectionFromSchema(schema);
    passOnMembers(schema);
    expect(introspectionFromSchema(schema)).toEqual(before);
    expect(listPassedOn(schema, '__Type')).toEqual([]);
  });
});
