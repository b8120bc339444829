import { Arg, Ctx, Field, Int, Mutation, ObjectType, Query, registerEnumType, Resolver } from 'type-graphql';
import { BadUserInputError } from '../../../errors.ts';
import { openBuffer } from '../../../csv/buffer-source.ts';
import { requireTenant } from '../../../tenancy/access.ts';
import type { ChoiceRegistry } from '../../choice-registry.ts';
import type { SheetRowChange } from '../../csv/compare-sheets.ts';
import { exportChoices } from '../../csv/export-choices.ts';
import { importChoices } from '../../csv/import-choices.ts';
import type { ObjectClass } from '../../derive/graphql-type.ts';
import type { ChoiceContext } from '../choice-context.ts';
import type { ChoiceEnums } from '../choice-enums.ts';
import { declareInput } from './declare.ts';
import { edit } from './edit.ts';

interface ImportInput {
  readonly type: string;
  readonly csv: string;
  readonly dryRun?: boolean | null;
  readonly reason?: string | null;
}

const ACTIONS = { CREATE: 'create', UPDATE: 'update', UNCHANGED: 'unchanged' } as const satisfies Record<string, SheetRowChange['action']>;

@ObjectType({ description: 'What an import changes of one cell.' })
class ChoiceCellChange {
  @Field(() => String, { description: 'Name of the column.' })
  column!: string;

  @Field(() => String, { nullable: true, description: 'What it said; null if nothing.' })
  before!: string | null;

  @Field(() => String, { nullable: true, description: 'What it says then; null if nothing.' })
  after!: string | null;
}

@ObjectType({ description: 'What an import does to one choice.' })
class ChoiceRowChange {
  @Field(() => Int, {
    nullable: true,
    description: 'Line of the CSV text on which its row starts, from 1; null of a choice that has no row and moves because others do.',
  })
  line!: number | null;

  @Field(() => String, { description: 'Key of the choice.' })
  key!: string;

  @Field(() => [ChoiceCellChange], { description: 'The cells that change.' })
  changes!: readonly ChoiceCellChange[];
}

@ObjectType({ description: 'What importChoices answers.' })
class ImportChoicesPayload {
  @Field(() => Int, { description: 'How many rows create a choice.' })
  created!: number;

  @Field(() => Int, { description: 'How many rows change one.' })
  updated!: number;

  @Field(() => Int, { description: 'How many rows say what is so already.' })
  unchanged!: number;

  @Field(() => [ChoiceRowChange], { description: 'The rows in their order, then choices that have none and move because others do.' })
  rows!: readonly ChoiceRowChange[];
}

/** Declares how a tenant's choices are taken to a spreadsheet and back, for a registry. */
export function createCsvResolver(registry: ChoiceRegistry, { types: typeEnum }: ChoiceEnums): ObjectClass {
  registerEnumType(ACTIONS, {
    name: 'ChoiceRowAction',
    description: 'What an import does to a choice.',
    valuesConfig: {
      CREATE: { description: 'It is created.' },
      UPDATE: { description: 'It is changed.' },
      UNCHANGED: { description: 'It stays as it is.' },
    },
  });
  Field(() => ACTIONS, { description: 'What it does.' })(ChoiceRowChange.prototype, 'action');
  const input = declareInput('ImportChoicesInput', 'Choices of a kind as CSV.', {
    type: { type: () => typeEnum, description: 'Which kind of choice.' },
    csv: {
      type: () => String,
      description: 'CSV text as exportChoices answers it, or with some of its columns, in any order; `key` is needed.',
    },
    dryRun: { type: () => Boolean, nullable: true, defaultValue: false, description: 'Write nothing, and say what would change.' },
    reason: { type: () => String, nullable: true, description: 'Why: kept in the history.' },
  });
  const typeOf = (enumValue: string) => registry.types.find((type) => type.enumValue === enumValue)!;

  @Resolver()
  class CsvResolver {
    @Query(() => String, {
      description:
        'The choices of a kind that were not deleted, as CSV that no spreadsheet takes for formulas. Imported as it is, it changes nothing.',
    })
    async exportChoices(
      @Arg('type', () => typeEnum, { description: 'Which kind.' }) typeName: string,
      @Ctx() context: ChoiceContext,
    ): Promise<string> {
      const { session } = requireTenant(context);
      return (await exportChoices(session.read, session.tenantId, typeOf(typeName))).csv;
    }

    @Mutation(() => ImportChoicesPayload, {
      description:
        'Brings choices to what CSV says, by their keys: all of it, or nothing. What it leaves out stays. Needs the role choice-admin instead of writer.',
    })
    importChoices(
      @Arg('input', () => input, { description: 'The CSV text.' }) { type: typeName, csv, dryRun, reason }: ImportInput,
      @Ctx() context: ChoiceContext,
    ) {
      requireTenant(context, 'choice-admin');
      if (!csv.isWellFormed()) throw new BadUserInputError('csv: expected whole characters, got half of a surrogate pair', { path: 'csv' });
      const type = typeOf(typeName);
      const source = { name: 'csv', bytes: openBuffer(Buffer.from(csv)) };
      return importChoices(
        (work) => edit(context, registry, type, { operation: 'importChoices', reason }, work),
        type,
        source,
        dryRun === true,
      );
    }
  }
  return CsvResolver;
}
