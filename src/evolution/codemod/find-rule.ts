import { type GraphQLCompositeType, type GraphQLInputObjectType, type GraphQLInterfaceType, isInterfaceType } from 'graphql';
import type { RewriteContext } from './rewrite-result.ts';
import type { FieldRule, InputRule } from './rewrite-rule.ts';

/** Finds what to do about a member that an operation uses. */
export interface RuleFinder {
  /** The rule for a field selected on this type, or why there can be none although the field will go. */
  findFieldRule(type: GraphQLCompositeType, name: string): FieldRule | string | undefined;
  findInputRule(type: GraphQLInputObjectType, name: string): InputRule | undefined;
}

/** Looks rules up by exact coordinate. */
export function createRuleFinder({ schema, nextSchema, rules }: RewriteContext): RuleFinder {
  const byCoordinate = new Map(rules.map((rule) => [rule.coordinate, rule]));
  const find = (type: string, name: string) => byCoordinate.get(`${type}.${name}`);

  return {
    findFieldRule(type, name) {
      const rule = find(type.name, name);
      if (rule?.kind === 'field') return rule;
      return isInterfaceType(type) ? findInterfaceRule(type, name) : undefined;
    },
    findInputRule(type, name) {
      const rule = find(type.name, name);
      return rule?.kind === 'input' ? rule : undefined;
    },
  };

  /** A field goes from an interface when it goes from its types; what replaces it there has to be one field of the interface. */
  function findInterfaceRule(type: GraphQLInterfaceType, name: string): FieldRule | string | undefined {
    const next = nextSchema.getType(type.name);
    const nextFields = isInterfaceType(next) ? next.getFields() : {};
    if (name in nextFields) return undefined;
    const found = schema.getPossibleTypes(type).map((possible) => find(possible.name, name));
    const [first] = found;
    if (found.every((rule) => rule === undefined)) return undefined;
    const isSame = found.every((rule) => rule?.kind === 'field' && isEqual(rule, first));
    if (first?.kind === 'field' && isSame && first.replacement.field in nextFields) return { ...first, coordinate: `${type.name}.${name}` };
    return `the interface ${type.name} has nothing in place of ${name}: select it on the types that implement it`;
  }
}

function isEqual({ replacement }: FieldRule, other: FieldRule | InputRule | undefined): boolean {
  return other?.kind === 'field' && replacement.field === other.replacement.field && replacement.selection === other.replacement.selection;
}
