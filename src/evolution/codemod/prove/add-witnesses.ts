import { type FieldNode, type GraphQLSchema, Kind, TypeInfo, parse, print, visit, visitWithTypeInfo } from 'graphql';
import type { RuleFinder } from '../find-rule.ts';

/** Before the response key of a field, the response key of what replaces it in the same selection. */
const WITNESS = 'witnessOf_';

export function witnessOf(key: string): string {
  return WITNESS + key;
}

/**
 * An operation that answers each field that a rule is for and, beside it, what replaces it: both of the same row, at the same
 * time. The operation has to be valid.
 */
export function addWitnesses(operation: string, schema: GraphQLSchema, rules: RuleFinder): string {
  const typeInfo = new TypeInfo(schema);
  const document = visit(
    parse(operation),
    visitWithTypeInfo(typeInfo, {
      SelectionSet: {
        leave: (node) => {
          const type = typeInfo.getParentType();
          if (!type) return undefined;
          const witnesses = node.selections.flatMap((field): FieldNode[] => {
            const rule = field.kind === Kind.FIELD ? rules.findFieldRule(type, field.name.value) : undefined;
            if (field.kind !== Kind.FIELD || rule === undefined || typeof rule === 'string') return [];
            const { replacement } = rule;
            return [
              {
                ...field,
                alias: { kind: Kind.NAME, value: witnessOf((field.alias ?? field.name).value) },
                name: { kind: Kind.NAME, value: replacement.field },
                selectionSet: {
                  kind: Kind.SELECTION_SET,
                  selections: [{ kind: Kind.FIELD, name: { kind: Kind.NAME, value: replacement.selection } }],
                },
              },
            ];
          });
          return { ...node, selections: [...node.selections, ...witnesses] };
        },
      },
    }),
  );
  return print(document);
}

/** The answer without what witnesses added to it. */
export function withoutWitnesses(answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.map(withoutWitnesses);
  if (typeof answer !== 'object' || answer === null) return answer;
  const members = Object.entries(answer).filter(([key]) => !key.startsWith(WITNESS));
  return Object.fromEntries(members.map(([key, value]) => [key, withoutWitnesses(value)]));
}
