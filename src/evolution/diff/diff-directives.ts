import { DirectiveLocation, isSpecifiedDirective } from 'graphql';
import type { GraphQLDirective, GraphQLSchema } from 'graphql';
import { diffDescription } from './diff-description.ts';
import { diffInputMembers } from './diff-input-members.ts';
import { pairByName } from './pair-by-name.ts';
import type { SchemaChange } from './schema-change.ts';
import type { SchemaPair } from './schema-pair.ts';

/** Where an operation can write a directive. The other locations are the server's own. */
const executableLocations: ReadonlySet<string> = new Set([
  DirectiveLocation.QUERY,
  DirectiveLocation.MUTATION,
  DirectiveLocation.SUBSCRIPTION,
  DirectiveLocation.FIELD,
  DirectiveLocation.FRAGMENT_DEFINITION,
  DirectiveLocation.FRAGMENT_SPREAD,
  DirectiveLocation.INLINE_FRAGMENT,
  DirectiveLocation.VARIABLE_DEFINITION,
]);

/** Definitions of directives. One that no operation could write changes safely, and so does what it takes. */
export function diffDirectives({ older, newer }: SchemaPair): SchemaChange[] {
  const { added, removed, kept } = pairByName(listDirectives(older), listDirectives(newer));
  return [
    ...added.map(({ name }) => describeDirective('safe', 'DIRECTIVE_ADDED', name, 'was added')),
    ...removed.map((directive) =>
      describeDirective(isExecutable(directive) ? 'breaking' : 'safe', 'DIRECTIVE_REMOVED', directive.name, 'was removed'),
    ),
    ...kept.flatMap(([before, after]) => {
      if (isSpecifiedDirective(before)) return [];
      const changes = diffDirective(before, after);
      return isExecutable(before) ? changes : changes.map((change) => ({ ...change, severity: 'safe' as const }));
    }),
  ];
}

// Which of the specification's directives for type systems a schema lists depends on the age of its server, not on the API.
function listDirectives(schema: GraphQLSchema): GraphQLDirective[] {
  return schema.getDirectives().filter((directive) => !isSpecifiedDirective(directive) || isExecutable(directive));
}

function isExecutable({ locations }: GraphQLDirective): boolean {
  return locations.some((location) => executableLocations.has(location));
}

function diffDirective(older: GraphQLDirective, newer: GraphQLDirective): SchemaChange[] {
  const { name } = older;
  return [
    ...newer.locations
      .filter((location) => !older.locations.includes(location))
      .map((location) => describeDirective('safe', 'DIRECTIVE_LOCATION_ADDED', name, `can be written on ${location}`)),
    ...older.locations
      .filter((location) => !newer.locations.includes(location))
      .map((location) =>
        describeDirective(
          executableLocations.has(location) ? 'breaking' : 'safe',
          'DIRECTIVE_LOCATION_REMOVED',
          name,
          `can no longer be written on ${location}`,
        ),
      ),
    ...diffRepeatable(older, newer),
    ...diffInputMembers('DIRECTIVE_ARGUMENT', older.args, newer.args, (argument) => `@${name}(${argument}:)`),
    ...diffDescription(`@${name}`, older, newer),
  ];
}

function diffRepeatable(older: GraphQLDirective, newer: GraphQLDirective): SchemaChange[] {
  if (older.isRepeatable === newer.isRepeatable) return [];
  return newer.isRepeatable
    ? [describeDirective('safe', 'DIRECTIVE_REPEATABLE_ADDED', older.name, 'can be repeated')]
    : [describeDirective('breaking', 'DIRECTIVE_REPEATABLE_REMOVED', older.name, 'can no longer be repeated')];
}

function describeDirective(severity: SchemaChange['severity'], kind: SchemaChange['kind'], name: string, predicate: string): SchemaChange {
  return { severity, kind, coordinate: `@${name}`, message: `@${name} ${predicate}.` };
}
