import { describe, expect, test } from '@jest/globals';
import { getNamedType, isEnumType, isInputObjectType, isObjectType, Kind, parse, TypeInfo, visit, visitWithTypeInfo } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import { createVersionSchemas } from '../../src/app.ts';
import type { CorpusOperation } from './corpus-operation.ts';
import { listDynamicReads, listDynamicWrites } from './dynamic-operations.ts';
import { legacyReads } from './legacy-reads.ts';
import { legacyWrites } from './legacy-writes.ts';

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
  ].join('|')})\\b`,
);

async function schemaOf(version: string): Promise<GraphQLSchema> {
  const schemas = await createVersionSchemas();
  return [...schemas].find(([{ name }]) => name === version)![1];
}

/** Coordinates of everything that a client can write down: fields, arguments, members of inputs, values of enums. */
function listMembers(schema: GraphQLSchema): string[] {
  return Object.values(schema.getTypeMap())
    .filter((type) => !type.name.startsWith('__'))
    .flatMap((type) => {
      if (isEnumType(type)) return type.getValues().map((value) => `${type.name}.${value.name}`);
      if (isInputObjectType(type)) return Object.keys(type.getFields()).map((name) => `${type.name}.${name}`);
      if (!isObjectType(type)) return [];
      return Object.values(type.getFields()).flatMap((field) => [
        `${type.name}.${field.name}`,
        ...field.args.map((argument) => `${type.name}.${field.name}(${argument.name}:)`),
      ]);
    });
}

function listUsed(schema: GraphQLSchema, operations: readonly CorpusOperation[]): Set<string> {
  const used = new Set<string>();
  for (const { query } of operations) {
    const types = new TypeInfo(schema);
    visit(
      parse(query),
      visitWithTypeInfo(types, {
        enter(node) {
          const parent = types.getParentType()?.name;
          if (node.kind === Kind.FIELD) used.add(`${parent}.${node.name.value}`);
          if (node.kind === Kind.ARGUMENT) used.add(`${parent}.${types.getFieldDef()?.name}(${node.name.value}:)`);
          if (node.kind === Kind.OBJECT_FIELD) used.add(`${getNamedType(types.getParentInputType())?.name}.${node.name.value}`);
          if (node.kind === Kind.ENUM) used.add(`${getNamedType(types.getInputType())?.name}.${node.value}`);
        },
      }),
    );
  }
  return used;
}

describe('the corpus', () => {
  test('uses every member of 2026-01', async () => {
    const schema = await schemaOf('2026-01');
    const used = listUsed(schema, [...legacyReads, ...legacyWrites]);
    expect(listMembers(schema).filter((member) => !used.has(member))).toEqual([]);
  });

  test('uses every member of choice fields that 2026-11 added', async () => {
    const [old, schema] = [await schemaOf('2026-01'), await schemaOf('2026-11')];
    const used = listUsed(schema, [...legacyReads, ...legacyWrites, ...listDynamicReads(NOBODY), ...listDynamicWrites(NOBODY)]);
    const before = new Set(listMembers(old));
    const added = listMembers(schema).filter((member) => !before.has(member) && !APART.test(member));
    expect(added.filter((member) => !used.has(member))).toEqual([]);
  });
});
