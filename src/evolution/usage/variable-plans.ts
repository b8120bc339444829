import { getNamedType, getNullableType, isEnumType, isInputObjectType, isListType } from 'graphql';
import type { GraphQLInputType, GraphQLNamedType } from 'graphql';
import { useDefault } from './use-input.ts';
import type { Uses } from './uses.ts';

/** Something that a variable's value may bring in beyond what the document says. Equal ones are one object, with an id of its own. */
export interface VariableUse {
  readonly id: number;
  addTo(uses: Uses): void;
}

/** What to look for in a value of an input type. */
export interface ValuePlan {
  /** Plan of a list's items; absent where a list is no value of the type. */
  readonly item?: ValuePlan;
  /** Of the type without its lists. */
  readonly named: NamedPlan;
}

/** An enum type has names, an input object type has fields and, among them, some with a default. */
interface NamedPlan {
  readonly names: Map<string, VariableUse>;
  readonly fields: Map<string, { readonly sent: VariableUse; readonly value: ValuePlan | undefined }>;
  readonly defaults: { readonly name: string; readonly taken: VariableUse }[];
}

/** The plans of one schema. */
export interface VariablePlans {
  /** The plan of a type; undefined for scalars and lists of them, whose values use nothing. */
  find(type: GraphQLInputType): ValuePlan | undefined;
  createUse(addTo: (uses: Uses) => void): VariableUse;
}

/** Makes plans as they are asked for, one per type. */
export function createVariablePlans(): VariablePlans {
  const plans = new Map<GraphQLNamedType, NamedPlan>();
  let lastId = 0;
  return { find, createUse };

  function createUse(addTo: (uses: Uses) => void): VariableUse {
    return { id: ++lastId, addTo };
  }

  function find(type: GraphQLInputType): ValuePlan | undefined {
    const nullable = getNullableType(type);
    if (!isListType(nullable)) {
      const named = findNamed(nullable);
      return named && { named };
    }
    const item = find(nullable.ofType);
    return item && { item, named: item.named };
  }

  function findNamed(type: GraphQLNamedType): NamedPlan | undefined {
    if (!isEnumType(type) && !isInputObjectType(type)) return undefined;
    const known = plans.get(type);
    if (known !== undefined) return known;

    const plan: NamedPlan = { names: new Map(), fields: new Map(), defaults: [] };
    plans.set(type, plan);
    if (isEnumType(type))
      for (const { name } of type.getValues()) {
        const coordinate = `${type.name}.${name}`;
        plan.names.set(
          name,
          createUse(({ explicit }) => explicit.add(coordinate)),
        );
      }
    else
      for (const field of Object.values(type.getFields())) {
        const coordinate = `${type.name}.${field.name}`;
        const typeName = getNamedType(field.type).name;
        plan.fields.set(field.name, {
          sent: createUse(({ explicit }) => explicit.add(coordinate).add(typeName)),
          value: find(field.type),
        });
        if (field.defaultValue !== undefined)
          plan.defaults.push({ name: field.name, taken: createUse((uses) => useDefault(coordinate, field, uses)) });
      }
    return plan;
  }
}

/** Adds what a variable's value uses. What does not match its type is passed over: GraphQL refuses the request anyway. */
export function findVariableUses(value: unknown, plan: ValuePlan, found: Set<VariableUse>): void {
  // Values nest as deep as a body is long, before GraphQL refuses them: no recursion.
  const values: unknown[] = [value];
  const plans: ValuePlan[] = [plan];
  while (values.length > 0) {
    const next = values.pop();
    const { item, named } = plans.pop()!;
    if (typeof next === 'string') {
      const use = named.names.get(next);
      if (use !== undefined) found.add(use);
    } else if (Array.isArray(next)) {
      if (item === undefined) continue;
      for (const each of next) {
        values.push(each);
        plans.push(item);
      }
    } else if (typeof next === 'object' && next !== null) {
      const sent = next as Readonly<Record<string, unknown>>;
      for (const name of Object.keys(sent)) {
        const field = named.fields.get(name);
        if (field === undefined || sent[name] === undefined) continue;
        found.add(field.sent);
        if (field.value === undefined) continue;
        values.push(sent[name]);
        plans.push(field.value);
      }
      for (const { name, taken } of named.defaults) if (sent[name] === undefined) found.add(taken);
    }
  }
}
