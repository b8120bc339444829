import type { VariableChange } from '../rewrite-result.ts';
import type { InputRule, RewriteRule } from '../rewrite-rule.ts';

type Values = Readonly<Record<string, unknown>>;

/** Variables as the rewritten operation takes them: `{ filter: { industry: "tech" } }` → `{ filter: { industryRef: { key: ["tech"] } } }`. */
export function convertVariables(variables: Values, changes: readonly VariableChange[], rules: readonly RewriteRule[]): Values {
  const inputRules = new Map(rules.filter((rule) => rule.kind === 'input').map((rule) => [rule.coordinate, rule]));
  return changes
    .filter(({ kind }) => kind === 'shape')
    .reduce(
      (converted, { coordinate, variable, path }) => convertMember(converted, [variable, ...path], inputRules.get(coordinate)!) as Values,
      variables,
    );
}

function convertMember(value: unknown, [name, ...rest]: readonly string[], rule: InputRule): unknown {
  if (Array.isArray(value)) return value.map((item) => convertMember(item, [name!, ...rest], rule));
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name!)) return value;
  const { [name!]: member, ...others } = value as Values;
  if (rest.length > 0) return { ...others, [name!]: convertMember(member, rest, rule) };
  return { ...others, [rule.replacement.field]: wrap(member, rule) };
}

/** Null stays null: it says of the new member what it said of the old one. */
function wrap(value: unknown, { replacement }: InputRule): unknown {
  if (value === null || value === undefined) return value;
  return replacement.wrap.reduceRight<unknown>((inner, name) => ({ [name]: inner }), replacement.list ? [value] : value);
}
