import { describe, expect, test } from '@jest/globals';
import { parse, validate } from 'graphql';
import { createCoordinateCollector } from '../../src/evolution/usage/collect-coordinates.ts';
import type { CorpusOperation } from './corpus-operation.ts';
import { listDynamicReads, listDynamicWrites } from './dynamic-operations.ts';
import { ABSENT_FROM_2026_01, legacyReads } from './legacy-reads.ts';
import { legacyWrites } from './legacy-writes.ts';
import { listMembers, listUsed, schemaOf } from './schema-members.ts';

const NOBODY = { tech: 'a', finance: 'b', merged: 'c', survivor: 'd', inactive: 'e', elsewhere: 'f' };

/** What a migration cannot move: who one is, figures about the migration itself, and lists of kinds. */
const APART = new RegExp(
  `^(${[
    'ChoiceSource|ChoiceFieldStatus|UnmappedValue|ChoicePhase|ChoiceType|ChoiceFieldName|Query\\.choiceFields|Viewer|Tenant',
    // What is known of the schema itself.
    'Query\\.deprecations|DeprecationStatus|DeprecationVerdict|DeprecationBlocker|DeprecationUse',
    // What operators move it with.
    'Query\\.choiceRuns?|ChoiceRun|ChoiceRunProgress|ChoiceRunStatus|ChoiceStep|ChoiceStepInput|ChoiceFinding|ChoiceBlocker',
    'Mutation\\.(migrate|verify|prefer|rollback)Choices|Mutation\\.(pause|resume)Migration|Mutation\\.(map|accept)ChoiceValues',
    '(Migrate|Verify|Prefer|Rollback)Choices(Payload|Input)|(Pause|Resume)Migration(Payload|Input)',
    '(Map|Accept)ChoiceValues(Payload|Input)|ChoiceMappingInput|MappedChoiceValue|AcceptedChoiceValue',
    // What tenants edit choices with, and see of their edits.
    'Query\\.(choiceList|choiceHistory|exportChoices)|ChoiceList|ChoiceUsage|ChoiceFieldUse|ChoiceImpact|ChoicePlan|ChoiceMerge|EditedRecord',
    'Mutation\\.(create|update|delete|restore)Choice|Mutation\\.(reorder|merge|import)Choices|Mutation\\.(setChoiceActive|setDefaultChoice)',
    'Mutation\\.(applyChoiceChanges|revertChoiceChange|undoChoiceMerge|addAlias|removeAlias)|\\w+ChoiceChange(Input)?|ChoiceChange\\w*|ChoiceMemberChange',
    '(Create|Update|Delete|Restore)Choice(Payload|Input)|(Reorder|Merge|Import)Choices(Payload|Input)|SetChoiceActive(Payload|Input)',
    'SetDefaultChoice(Payload|Input)|ApplyChoiceChanges(Payload|Input)|UndoChoiceMerge(Payload|Input)|RevertChoiceChange(Payload|Input)|(Add|Remove)(Choice)?Alias(Payload|Input)',
    'Choice(Row|Cell)Change|ChoiceRowAction|\\w+\\.(usage|aliases|version|deleted|mergedInto)|ChoiceOptions\\.default',
  ].join('|')})\\b`,
);

const legacyOperations = [...legacyReads, ...legacyWrites];

/** The operations that a version accepts, one of those that use just the same of it. */
async function listDistinct(version: string): Promise<readonly CorpusOperation[]> {
  const schema = await schemaOf(version);
  const collect = createCoordinateCollector(schema);
  const accepted = legacyOperations.filter(({ query }) => validate(schema, parse(query)).length === 0);
  return [...new Map(accepted.map((operation) => [collect(parse(operation.query), null, {}).explicit.join(' '), operation])).values()];
}

describe('the corpus', () => {
  test('has at least 60 operations of a client of 2026-01 of which each uses something else', async () => {
    expect((await listDistinct('2026-01')).length).toBeGreaterThanOrEqual(60);
  });

  test('is valid on the current version, and but for what 2026-01 does not have on 2026-01', async () => {
    const listRefused = async (version: string) => {
      const schema = await schemaOf(version);
      return legacyOperations.filter(({ query }) => validate(schema, parse(query)).length > 0).map(({ name }) => name);
    };
    expect(await listRefused('2026-11')).toEqual([]);
    expect(await listRefused('2026-01')).toEqual(ABSENT_FROM_2026_01);
  });

  test('uses every member of 2026-01', async () => {
    const schema = await schemaOf('2026-01');
    const used = listUsed(schema, legacyOperations);
    expect(listMembers(schema).filter((member) => !used.has(member))).toEqual([]);
  });

  test('uses every member of choice fields that 2026-11 added', async () => {
    const [old, schema] = [await schemaOf('2026-01'), await schemaOf('2026-11')];
    const used = listUsed(schema, [...legacyOperations, ...listDynamicReads(NOBODY), ...listDynamicWrites(NOBODY)]);
    const before = new Set(listMembers(old));
    const added = listMembers(schema).filter((member) => !before.has(member) && !APART.test(member));
    expect(added.filter((member) => !used.has(member))).toEqual([]);
  });
});
