import { Field, InputType, ObjectType } from 'type-graphql';
import type { ObjectClass } from '../../derive/graphql-type.ts';

/** A member of a class that is declared from data. */
export interface Member {
  readonly type: () => unknown;
  readonly description: string;
  readonly nullable?: boolean;
  readonly defaultValue?: unknown;
}

export type Members = Readonly<Record<string, Member>>;

export function declareInput(name: string, description: string, members: Members): ObjectClass {
  const input = class {};
  InputType(name, { description })(input);
  return addMembers(input, members);
}

export function declareType(name: string, description: string, members: Members): ObjectClass {
  const type = class {};
  ObjectType(name, { description })(type);
  return addMembers(type, members);
}

function addMembers(target: ObjectClass, members: Members): ObjectClass {
  for (const [name, { type, ...options }] of Object.entries(members)) Field(type as () => typeof String, options)(target.prototype, name);
  return target;
}
