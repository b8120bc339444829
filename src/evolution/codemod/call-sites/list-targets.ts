import type { ChangedDefinition, RewrittenProject, SourceFile, VariableChange } from '../rewrite-result.ts';
import type { InputRule, RewriteRule } from '../rewrite-rule.ts';
import { offsetAt } from '../position.ts';
import type { ChangedVariable, Target } from './call-site.ts';

/** The operations, with what their fragments change, and then the fragments. `files` are as they were before the rewrite. */
export function listTargets(files: readonly SourceFile[], project: RewrittenProject, rules: readonly RewriteRule[]): readonly Target[] {
  const inputRules = new Map(rules.filter((rule) => rule.kind === 'input').map((rule) => [rule.coordinate, rule]));
  const targets = new Map<string, Target>();
  for (const operation of project.operations)
    add(
      files.find(({ path }) => path === operation.path)!,
      operation,
    );
  for (const [index, { definitions }] of project.files.entries()) for (const definition of definitions) add(files[index]!, definition);
  return [...targets.values()];

  function add(file: SourceFile, { line, column, name, responses, variables }: Omit<ChangedDefinition, 'kind'>): void {
    const place = `${file.path}:${line}:${column}`;
    if (targets.has(place)) return;
    targets.set(place, {
      path: file.path,
      name,
      offset: offsetAt(file.text, { line, column }),
      responses,
      variables: variables.map((change) => followRule(change, inputRules.get(change.coordinate)!)),
    });
  }
}

/** A variable in place of a member is given as before, and has to be what the replacement takes. */
function followRule({ coordinate, kind, variable, path }: VariableChange, { replacement }: InputRule): ChangedVariable {
  const before = [variable, ...path];
  const { field, wrap, note, variableNote = note } = replacement;
  const after = kind === 'value' ? before : [...before.slice(0, -1), field, ...wrap];
  return { coordinate, kind, before, after, ...(variableNote === undefined ? {} : { note: variableNote }) };
}
