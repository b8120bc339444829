import { Kind, astFromValue, print, visit } from 'graphql';
import type { GraphQLArgument, GraphQLInputField } from 'graphql';

/**
 * A default value as SDL has it, the fields of objects by name: a default that was defined in code with internal values reads like
 * the same one out of SDL or introspection. Undefined if there is none.
 */
export function printDefault({ defaultValue, type }: GraphQLArgument | GraphQLInputField): string | undefined {
  if (defaultValue === undefined) return undefined;
  const node = astFromValue(defaultValue, type);
  if (node == null) return undefined;
  return print(
    visit(node, {
      [Kind.OBJECT]: {
        leave: (object) => ({ ...object, fields: [...object.fields].sort((left, right) => (left.name.value < right.name.value ? -1 : 1)) }),
      },
    }),
  );
}
