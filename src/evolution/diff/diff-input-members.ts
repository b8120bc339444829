import { isRequiredArgument } from 'graphql';
import type { GraphQLArgument, GraphQLInputField } from 'graphql';
import { compareTypes } from './compare-types.ts';
import { describeRemoval, diffDeprecation } from './diff-deprecation.ts';
import { diffDescription } from './diff-description.ts';
import { pairByName } from './pair-by-name.ts';
import { printDefault } from './print-default.ts';
import type { InputMember, SchemaChange } from './schema-change.ts';

type Input = GraphQLArgument | GraphQLInputField;

/** Arguments of a field or a directive, or the fields of an input type: the same rules hold for all that clients give. */
export function diffInputMembers(
  member: InputMember,
  older: readonly Input[],
  newer: readonly Input[],
  nameCoordinate: (name: string) => string,
): SchemaChange[] {
  const { added, removed, kept } = pairByName(older, newer);
  return [
    ...added.map((input) => describeAddition(member, nameCoordinate(input.name), input)),
    ...removed.map((input) => describeRemoval(`${member}_REMOVED`, nameCoordinate(input.name), input)),
    ...kept.flatMap(([before, after]) => {
      const coordinate = nameCoordinate(before.name);
      return [
        ...diffDemand(member, coordinate, before, after),
        ...diffDeprecation(coordinate, before, after),
        ...diffDescription(coordinate, before, after),
      ];
    }),
  ];
}

/** What is optional and has no default is what every operation leaves out already; a default gives them all a value. */
function describeAddition(member: InputMember, coordinate: string, input: Input): SchemaChange {
  const message = `${coordinate} of type ${printInput(input)} was added`;
  if (isRequired(input))
    return { severity: 'breaking', kind: `REQUIRED_${member}_ADDED`, coordinate, message: `${message} and has to be given.` };
  const kind = `OPTIONAL_${member}_ADDED` as const;
  return printDefault(input) === undefined
    ? { severity: 'safe', kind, coordinate, message: `${message}.` }
    : { severity: 'dangerous', kind, coordinate, message: `${message}: its default holds for every operation.` };
}

/** Type and default belong together: they say what has to be given. */
function diffDemand(member: InputMember, coordinate: string, older: Input, newer: Input): SchemaChange[] {
  const comparison = compareTypes(older.type, newer.type);
  if (comparison !== 'other' && !isRequired(older) && isRequired(newer)) {
    const message = `${coordinate} has to be given: it changed from ${printInput(older)} to ${printInput(newer)}.`;
    return [{ severity: 'breaking', kind: `${member}_MADE_REQUIRED`, coordinate, message }];
  }

  const changes = diffDefault(member, coordinate, older, newer);
  const message = `${coordinate} changed its type from ${String(older.type)} to ${String(newer.type)}`;
  switch (comparison) {
    case 'same':
      return changes;
    case 'other':
      return [{ severity: 'breaking', kind: `${member}_TYPE_CHANGED`, coordinate, message: `${message}.` }, ...changes];
    case 'tighter':
      return [
        { severity: 'breaking', kind: `${member}_NULLABILITY_TIGHTENED`, coordinate, message: `${message}: null is refused.` },
        ...changes,
      ];
    case 'looser':
      return [{ severity: 'safe', kind: `${member}_NULLABILITY_LOOSENED`, coordinate, message: `${message}.` }, ...changes];
  }
}

function diffDefault(member: InputMember, coordinate: string, older: Input, newer: Input): SchemaChange[] {
  const [before, after] = [printDefault(older), printDefault(newer)];
  if (before === after) return [];
  if (before === undefined) {
    const kind = `${member}_DEFAULT_ADDED` as const;
    // Nobody could leave it out: every operation gives a value of its own.
    return isRequired(older)
      ? [{ severity: 'safe', kind, coordinate, message: `${coordinate} need not be given: its default is ${after}.` }]
      : [{ severity: 'dangerous', kind, coordinate, message: `${coordinate} has the default ${after}, which was none.` }];
  }
  return [
    after === undefined
      ? { severity: 'dangerous', kind: `${member}_DEFAULT_REMOVED`, coordinate, message: `${coordinate} lost its default ${before}.` }
      : {
          severity: 'dangerous',
          kind: `${member}_DEFAULT_CHANGED`,
          coordinate,
          message: `${coordinate} changed its default from ${before} to ${after}.`,
        },
  ];
}

/** Arguments and input fields are required alike: non-null and without a default. */
function isRequired(input: Input): boolean {
  return isRequiredArgument(input);
}

function printInput(input: Input): string {
  const value = printDefault(input);
  return value === undefined ? String(input.type) : `${String(input.type)} = ${value}`;
}
