import type { GraphQLArgument, GraphQLInputField } from 'graphql';

/** Where a value goes. */
export type InputPlace = GraphQLArgument | GraphQLInputField;

/** Coordinates as they are being found. */
export interface Uses {
  /** What the client wrote or sent. */
  readonly explicit: Set<string>;
  /** What default values of the schema brought in; part of it may be explicit as well. */
  readonly defaulted: Set<string>;
  /** The places whose default is in `defaulted` with all it holds. */
  readonly taken: Set<InputPlace>;
  /** Told of each variable and the place it stands in: where the request lacks the variable, the default of the place takes effect. */
  onVariable?(name: string, place: InputPlace): void;
}

/** Nothing, or what others have found already. */
export function createUses(found?: Uses): Uses {
  return { explicit: new Set(found?.explicit), defaulted: new Set(found?.defaulted), taken: new Set(found?.taken) };
}
