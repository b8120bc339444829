import { describe, expect, test } from '@jest/globals';
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { Kind, findBreakingChanges, findDangerousChanges, parse, validate } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import { diffSchemas } from '../../../src/evolution/diff/diff-schemas.ts';
import type { Severity } from '../../../src/evolution/diff/diff-schemas.ts';
import { severities } from '../../../src/evolution/diff/schema-change.ts';
import { severityTable } from './severity.table.ts';
import { buildRowSchema } from './severity/severity-row.ts';
import type { Disagreement } from './severity/severity-row.ts';

const inspectorSeverities: Readonly<Record<CriticalityLevel, Severity>> = {
  [CriticalityLevel.Breaking]: 'breaking',
  [CriticalityLevel.Dangerous]: 'dangerous',
  [CriticalityLevel.NonBreaking]: 'safe',
};

test('the table has at least 80 changes, no two under one name', () => {
  expect(severityTable.length).toBeGreaterThanOrEqual(80);
  expect(new Set(severityTable.map(({ change }) => change)).size).toBe(severityTable.length);
});

describe.each(severityTable)('$change', ({ older: olderSdl, newer: newerSdl, reports, disagree }) => {
  const [older, newer] = [buildRowSchema(olderSdl), buildRowSchema(newerSdl)];
  const changes = diffSchemas(older, newer);
  const ours = findHighest(changes.map(({ severity }) => severity));

  test('is reported', () => {
    expect(changes.map(({ severity, kind, coordinate }) => `${severity} ${kind} ${coordinate}`)).toEqual(reports);
    for (const { message, coordinate } of changes.filter((change) => change.coordinate !== 'schema')) expect(message).toContain(coordinate);
  });

  test('graphql-js agrees, or is answered', () => {
    expect(askGraphql(older, newer)).toBe(disagree?.graphql ?? ours);
  });

  test('GraphQL Inspector agrees, or is answered', async () => {
    expect(await askInspector(older, newer)).toBe(disagree?.inspector ?? ours);
  });
});

test.each(severityTable.filter(({ disagree }) => disagree))('$change: nobody is answered who agrees', ({ reports, disagree }) => {
  const { because, ...opinions } = disagree!;
  const ours = findHighest(reports.map((report) => report.split(' ')[0] as Severity));
  expect(Object.values(opinions)).not.toEqual([]);
  expect(Object.values(opinions)).not.toContain(ours);
  expect(because.split(' ').length).toBeGreaterThan(5);
});

test.each(severityTable.filter(({ refuses }) => refuses))('$change: $refuses is refused', ({ older, newer, reports, refuses }) => {
  expect(accepts(buildRowSchema(older), refuses!)).toBe(true);
  expect(accepts(buildRowSchema(newer), refuses!)).toBe(false);
  expect(reports[0]).toMatch(/^breaking /);
});

test.each(severityTable.filter(({ keeps, reports, disagree }) => keeps || (disagree && isLess(reports, disagree))))(
  '$change: $keeps is accepted before and after',
  ({ older, newer, keeps }) => {
    for (const sdl of [older, newer]) expect(accepts(buildRowSchema(sdl), keeps!)).toBe(true);
  },
);

/** Whether others see a breaking change where we do not. */
function isLess(reports: readonly string[], { graphql, inspector }: Disagreement): boolean {
  return !reports[0]?.startsWith('breaking') && [graphql, inspector].includes('breaking');
}

/** The validation rules of graphql-js leave it to the execution to notice that there is no such operation. */
function accepts(schema: GraphQLSchema, operation: string): boolean {
  const document = parse(operation);
  const begins = document.definitions.every((node) => node.kind !== Kind.OPERATION_DEFINITION || schema.getRootType(node.operation));
  return begins && validate(schema, document).length === 0;
}

function askGraphql(older: GraphQLSchema, newer: GraphQLSchema): Severity {
  if (findBreakingChanges(older, newer).length > 0) return 'breaking';
  return findDangerousChanges(older, newer).length > 0 ? 'dangerous' : 'safe';
}

async function askInspector(older: GraphQLSchema, newer: GraphQLSchema): Promise<Severity> {
  const changes = await diff(older, newer);
  return findHighest(changes.map(({ criticality }) => inspectorSeverities[criticality.level]));
}

/** Safe where there is nothing. */
function findHighest(found: readonly Severity[]): Severity {
  return severities.find((severity) => found.includes(severity)) ?? 'safe';
}
