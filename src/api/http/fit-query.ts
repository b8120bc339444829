import { Kind, parse, print, TypeInfo, validate, visit, visitWithTypeInfo } from 'graphql';
import type { GraphQLSchema } from 'graphql';

/** What a schema has of a query: the query without the fields that the schema lacks. Undefined where even that is not valid. */
export function fitQuery(schema: GraphQLSchema, query: string): string | undefined {
  const document = parse(query);
  if (validate(schema, document).length === 0) return query;
  const types = new TypeInfo(schema);
  const fitting = visit(
    document,
    visitWithTypeInfo(types, {
      Field: {
        enter: () => (types.getFieldDef() == null ? null : undefined),
        leave: ({ selectionSet }) => (selectionSet?.selections.length === 0 ? null : undefined),
      },
    }),
  );
  const empty = fitting.definitions.some((node) => node.kind === Kind.OPERATION_DEFINITION && node.selectionSet.selections.length === 0);
  return empty || validate(schema, fitting).length > 0 ? undefined : `${print(fitting)}\n`;
}
