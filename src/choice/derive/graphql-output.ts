import type { GraphQLObjectType, GraphQLSchema } from 'graphql';
import { FieldResolver, Root, Ctx } from 'type-graphql';
import { withoutInfo } from '../../execution/without-info.ts';
import type { ChoiceField } from '../choice-field.ts';
import { requireTenant } from '../../tenancy/access.ts';
import type { StoredChoice } from '../choice-reader.ts';
import type { ChoiceContext } from '../graphql/choice-context.ts';
import type { ObjectClass } from './graphql-type.ts';

/** A record as the derived resolvers see it: its legacy value under `industry`, its ref under `industryId`. */
export type RecordWithChoices = Readonly<Record<string, unknown>>;

type ResolveOutput = (record: RecordWithChoices, context: ChoiceContext) => unknown;

const OUTPUTS = ['legacy', 'ref', 'label'] as const;

/** Adds `industry`, `industryRef` and `industryLabel` of each field to a resolver class of the owner. */
export function addOutputFields(resolver: ObjectClass, fields: readonly ChoiceField[], typeOf: (field: ChoiceField) => ObjectClass): void {
  for (const field of fields) {
    const words = describeField(field);
    const resolve = createResolvers(field);
    addResolver(resolver, field.legacy, () => String, `Key of the ${words}.`, resolve.legacy);
    addResolver(resolver, field.ref, () => typeOf(field), `The ${words}.`, resolve.ref);
    addResolver(
      resolver,
      field.label,
      () => String,
      `The ${words} for people: the choice's label, else the label that the code had for the stored value, else the stored value.`,
      resolve.label,
    );
  }
}

/** Has what was added called by itself: each is called for every row of a page, and type-graphql would do more than they do. */
export function resolveOutputs(schema: GraphQLSchema, fields: readonly ChoiceField[]): void {
  for (const field of fields) {
    const members = (schema.getType(field.owner) as GraphQLObjectType<RecordWithChoices, ChoiceContext>).getFields();
    const resolvers = createResolvers(field);
    for (const output of OUTPUTS) {
      const resolve = resolvers[output];
      members[field[output]]!.resolve = withoutInfo((record: RecordWithChoices, _: unknown, context: ChoiceContext) =>
        resolve(record, context),
      );
    }
  }
}

function createResolvers(field: ChoiceField): Readonly<Record<(typeof OUTPUTS)[number], ResolveOutput>> {
  const stored = choiceOf(field);
  return {
    legacy: (record, context) => requireTenant(context).choices.readLegacy(field, stored(record)),
    ref: (record, context) => requireTenant(context).choices.readRef(field, stored(record)),
    label: (record, context) => requireTenant(context).choices.readLabel(field, stored(record)),
  };
}

/** The two values of a field in a record. */
export function storedChoice(field: ChoiceField, record: RecordWithChoices): StoredChoice {
  return choiceOf(field)(record);
}

/** The same, for any number of records. */
function choiceOf(field: ChoiceField): (record: RecordWithChoices) => StoredChoice {
  const { legacy } = field;
  const ref = refProperty(field);
  return (record) => ({
    legacy: (record[legacy] as string | null | undefined) ?? null,
    refId: (record[ref] as string | null | undefined) ?? null,
  });
}

/** The property of a record that holds the ref's id: `industryId`. */
export function refProperty(field: ChoiceField): string {
  return `${field.legacy}Id`;
}

/** `leadSource` → `lead source`, for descriptions. */
export function describeField(field: ChoiceField): string {
  return field.legacyColumn.replaceAll('_', ' ');
}

function addResolver(resolver: ObjectClass, name: string, type: () => unknown, description: string, resolve: ResolveOutput): void {
  const prototype = resolver.prototype;
  const descriptor: PropertyDescriptor = { value: resolve, writable: true, enumerable: false, configurable: true };
  Object.defineProperty(prototype, name, descriptor);
  FieldResolver(type as () => typeof String, { nullable: true, description })(prototype, name, descriptor);
  Root()(prototype, name, 0);
  Ctx()(prototype, name, 1);
}
