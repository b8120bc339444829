import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Field, FieldResolver, ID, Info, Int, Mutation, ObjectType, Query, Resolver, Root } from 'type-graphql';
import type { ChoiceField } from '../../choice/choice-field.ts';
import { addInputFields } from '../../choice/derive/graphql-input.ts';
import { addOutputFields } from '../../choice/derive/graphql-output.ts';
import type { ObjectClass } from '../../choice/derive/graphql-type.ts';
import { connect, type Connection, createConnectionType } from '../../choice/graphql/connection-type.ts';
import { pageSize } from '../../choice/graphql/page-size.ts';
import { requireTenant } from '../../tenancy/access.ts';
import type { CrmContext } from '../crm-context.ts';
import { checkCount } from './check-text.ts';
import type { OrderInput } from './page-order.ts';
import type { RecordDefinition } from './record-definition.ts';
import type { RecordFilter } from './record-filter.ts';
import { createFilterInput, createOrderInput } from './record-inputs.ts';
import { countPage, readPage } from './record-page.ts';
import { createRecord, deleteRecord, type RecordInput, updateRecord } from './record-service.ts';
import { requestedMembers } from './requested-members.ts';
import type { SelectedRow } from './select-record.ts';

/** The GraphQL classes of a kind of record. */
export interface RecordTypes {
  readonly type: ObjectClass;
  readonly createInput: ObjectClass;
  readonly updateInput: ObjectClass;
}

const MOST_ORDERS = 5;

/**
 * Declares the resolvers that every kind of record has: one by id, a list, create, update and delete, and the members of its
 * choice fields. A feature adds its own in a resolver of its own.
 */
export function createRecordResolvers(
  record: RecordDefinition,
  types: RecordTypes,
  typeOf: (field: ChoiceField) => ObjectClass,
): ObjectClass[] {
  const { name, singular, plural } = record;
  const { type, createInput, updateInput } = types;
  const filterInput = createFilterInput(record);
  const orderInput = createOrderInput(record);
  const { connection, resolver: connectionResolver } = createConnectionType(name, type);
  const [CreatePayload, UpdatePayload, DeletePayload] = (['Create', 'Update', 'Delete'] as const).map((verb) =>
    createPayload(record, type, verb),
  ) as [ObjectClass, ObjectClass, ObjectClass];
  addInputFields(createInput, record.choiceFields);
  addInputFields(updateInput, record.choiceFields);

  @Resolver(() => type)
  class RecordResolver {
    @Query(() => type, { name: singular, nullable: true, description: `The ${name} with this id; null if the tenant has none.` })
    one(
      @Arg('id', () => ID, { description: 'Id of the record.' }) id: string,
      @Ctx() context: CrmContext,
      @Info() info: GraphQLResolveInfo,
    ): Promise<SelectedRow | null> {
      return requireTenant(context).records.readById(record, id, requestedMembers(info, name));
    }

    @Query(() => connection, {
      name: plural,
      description: `A page of the tenant's records of type ${name}, by id if not ordered otherwise.`,
    })
    async page(
      @Arg('first', () => Int, {
        nullable: true,
        description: 'How many from the beginning: at most 500; 20 if neither first nor last is given.',
      })
      first: number | null | undefined,
      @Arg('after', () => String, { nullable: true, description: 'Only what comes after this cursor.' }) after: string | null | undefined,
      @Arg('last', () => Int, { nullable: true, description: 'How many from the end: at most 500.' }) last: number | null | undefined,
      @Arg('before', () => String, { nullable: true, description: 'Only what comes before this cursor.' })
      before: string | null | undefined,
      @Arg('filter', () => filterInput, { nullable: true, description: 'Which records.' }) filter: RecordFilter | null | undefined,
      @Arg('orderBy', () => [orderInput], {
        nullable: true,
        description: `In which order: at most ${MOST_ORDERS} fields, the first counts most.`,
      })
      orderBy: OrderInput[] | null | undefined,
      @Ctx() context: CrmContext,
      @Info() info: GraphQLResolveInfo,
    ): Promise<Connection<SelectedRow>> {
      const { session, rules, rows } = requireTenant(context);
      checkCount('orderBy', orderBy?.length ?? 0, MOST_ORDERS);
      rows.take(pageSize({ first, last }));
      const slice = { first, after, last, before, filter, orderBy };
      const page = await readPage(session.read, session.tenantId, rules, record, slice, requestedMembers(info, name));
      return connect(page, () => countPage(session.read, session.tenantId, rules, record, filter));
    }

    @Mutation(() => CreatePayload, { name: `create${name}`, description: `Creates a ${name}.` })
    async create(@Arg('input', () => createInput, { description: 'The new record.' }) input: RecordInput, @Ctx() context: CrmContext) {
      return { [singular]: await createRecord(context, record, input) };
    }

    @Mutation(() => UpdatePayload, { name: `update${name}`, description: `Changes a ${name}. What is absent stays.` })
    async update(
      @Arg('id', () => ID, { description: 'Id of the record.' }) id: string,
      @Arg('input', () => updateInput, { description: 'The changes.' }) input: RecordInput,
      @Ctx() context: CrmContext,
    ) {
      return { [singular]: await updateRecord(context, record, id, input) };
    }

    @Mutation(() => DeletePayload, { name: `delete${name}`, description: `Deletes a ${name} that nothing refers to.` })
    async delete(@Arg('id', () => ID, { description: 'Id of the record.' }) id: string, @Ctx() context: CrmContext) {
      return { [singular]: await deleteRecord(context, record, id) };
    }
  }
  addOutputFields(RecordResolver, record.choiceFields, typeOf);
  return [RecordResolver, connectionResolver];
}

/** Declares the member of a record that is another record: `Task.lead`. */
export function createReferenceResolver(
  owner: ObjectClass,
  member: string,
  property: string,
  target: { type: ObjectClass; record: RecordDefinition },
  options: { nullable: boolean; description: string },
): ObjectClass {
  @Resolver(() => owner)
  class ReferenceResolver {
    @FieldResolver(() => target.type, { ...options, name: member })
    reference(@Root() row: SelectedRow, @Ctx() context: CrmContext, @Info() info: GraphQLResolveInfo): Promise<SelectedRow | null> | null {
      const id = row[property];
      const { record } = target;
      return typeof id === 'string' ? requireTenant(context).records.readById(record, id, requestedMembers(info, record.name)) : null;
    }
  }
  return ReferenceResolver;
}

function createPayload(record: RecordDefinition, type: ObjectClass, verb: 'Create' | 'Update' | 'Delete'): ObjectClass {
  const state = { Create: 'created', Update: 'as it is now', Delete: 'as it was' }[verb];
  @ObjectType(`${verb}${record.name}Payload`, { description: `What ${verb.toLowerCase()}${record.name} answers.` })
  class Payload {}
  Field(() => type, { description: `The record ${state}.` })(Payload.prototype, record.singular);
  return Payload;
}
