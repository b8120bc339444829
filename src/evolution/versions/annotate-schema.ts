import { isRequiredArgument, isRequiredInputField, resolveSchemaCoordinate } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import type { Lifecycle, LifecycleEntry } from '../lifecycle.ts';
import { DeclarationError } from '../../errors.ts';
import { setLifecycle } from './member-lifecycle.ts';
import type { SchemaMember } from './member-lifecycle.ts';
import { listMembers } from './list-members.ts';

const MONTH_PATTERN = /^\d{4}-(0[1-9]|1[0-2])$/;

/**
 * Writes each lifecycle into `extensions.lifecycle` of the member it names, for `viewSchema` to read.
 * @throws DeclarationError naming every coordinate that does not exist, is listed twice, or cannot live as declared.
 */
export function annotateSchema(schema: GraphQLSchema, entries: readonly LifecycleEntry[]): void {
  const mistakes: string[] = [];
  const seen = new Set<string>();
  for (const [coordinate, lifecycle] of entries) {
    if (seen.has(coordinate)) mistakes.push(`${coordinate}: listed twice`);
    seen.add(coordinate);

    const found = findMember(schema, coordinate);
    if (typeof found === 'string') mistakes.push(`${coordinate}: ${found}`);
    else setLifecycle(found.member, lifecycle);

    for (const mistake of listLifecycleMistakes(lifecycle)) mistakes.push(`${coordinate}: ${mistake}`);
    if (typeof found !== 'string' && found.required && lifecycle.deprecated !== undefined)
      mistakes.push(`${coordinate}: a required input cannot be deprecated; make it nullable or give it a default`);
  }
  for (const { coordinate, member } of listMembers(schema))
    if ('deprecationReason' in member && member.deprecationReason != null)
      mistakes.push(`${coordinate}: is deprecated where it is defined, in every version; declare a lifecycle instead`);

  if (mistakes.length > 0) throw new DeclarationError(`Wrong lifecycle:\n${mistakes.map((mistake) => `- ${mistake}`).join('\n')}`);
}

/** The member at a coordinate, or why there is none. */
function findMember(schema: GraphQLSchema, coordinate: string): { member: SchemaMember; required: boolean } | string {
  let element;
  try {
    element = resolveSchemaCoordinate(schema, coordinate);
  } catch (error) {
    return `does not exist in the schema (${(error as Error).message})`;
  }
  switch (element?.kind) {
    case undefined:
      return 'does not exist in the schema';
    case 'NamedType':
      return { member: element.type, required: false };
    case 'Field':
      return { member: element.field, required: false };
    case 'FieldArgument':
      return { member: element.fieldArgument, required: isRequiredArgument(element.fieldArgument) };
    case 'InputField':
      return { member: element.inputField, required: isRequiredInputField(element.inputField) };
    case 'EnumValue':
      return { member: element.enumValue, required: false };
    case 'Directive':
    case 'DirectiveArgument':
      return 'is part of a directive, which has no lifecycle';
  }
}

function listLifecycleMistakes({ introduced, deprecated, removed }: Lifecycle): string[] {
  const months = [
    ['introduced', introduced],
    ['deprecated.since', deprecated?.since],
    ['deprecated.sunset', deprecated?.sunset],
    ['removed', removed],
  ] as const;
  const mistakes = months.flatMap(([name, month]) =>
    month === undefined || MONTH_PATTERN.test(month) ? [] : [`${name} must be YYYY-MM, got "${month}"`],
  );
  if (deprecated?.replacement.trim() === '') mistakes.push('deprecated.replacement must say what to use instead');
  if (introduced !== undefined && deprecated !== undefined && deprecated.since < introduced)
    mistakes.push(`cannot be deprecated in ${deprecated.since}, before it is introduced in ${introduced}`);
  if (introduced !== undefined && removed !== undefined && removed <= introduced)
    mistakes.push(`cannot be removed in ${removed}, when it is only introduced in ${introduced}`);
  if (deprecated !== undefined && deprecated.sunset <= deprecated.since)
    mistakes.push(`the sunset ${deprecated.sunset} must be after the deprecation ${deprecated.since}`);
  if (deprecated !== undefined && removed !== undefined && removed < deprecated.sunset)
    mistakes.push(`cannot be removed in ${removed}, before its announced sunset ${deprecated.sunset}`);
  return mistakes;
}
