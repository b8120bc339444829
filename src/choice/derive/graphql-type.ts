import { Field, Float, Int, ObjectType } from 'type-graphql';
import type { ChoiceType, ExtraColumn } from '../choice-field.ts';
import { ChoiceInterface } from '../graphql/choice.type.ts';

/** A class that type-graphql knows as an object type. */
export type ObjectClass = (new () => object) & { readonly prototype: object };

const SCALARS = { text: String, integer: Int, numeric: Float, boolean: Boolean } as const satisfies Record<ExtraColumn['type'], unknown>;

/** Declares the GraphQL object types of choice types: `type Industry implements Choice`, with the type's own columns. */
export function createChoiceTypes(types: readonly ChoiceType[]): ReadonlyMap<ChoiceType, ObjectClass> {
  return new Map(types.map((type) => [type, createClass(type)]));
}

function createClass(type: ChoiceType): ObjectClass {
  const objectClass = class extends (ChoiceInterface as unknown as ObjectClass) {};
  ObjectType(type.name, { implements: ChoiceInterface as never, description: type.description })(objectClass);
  for (const [name, column] of Object.entries(type.extra))
    Field(() => SCALARS[column.type], { nullable: column.type !== 'boolean', description: column.description })(
      objectClass.prototype,
      name,
    );
  return objectClass;
}
