import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type pg from 'pg';
import type { ChoiceField } from '../../../src/choice/choice-field.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import {
  addSamples,
  type ChoiceSamples,
  DELETED_ALIAS,
  FIRST_ALIAS,
  MERGED_ALIAS,
  readSamples,
  sampleKeys,
  UNKNOWN,
} from '../choice-samples.ts';
import { insertAccount, insertColumns, TEXT_COLUMN } from '../records.ts';
import { changeRegimes, readAnswers, type RegimeChanger, writeString } from '../regimes.ts';
import { connect } from '../writers.ts';

/** Chosen by name: `merged` was merged into `second`. */
type ChoiceName = 'first' | 'second' | 'merged' | 'preset' | 'deleted';
type Step =
  | { readonly do: 'insert'; readonly choice: ChoiceName | null }
  | { readonly do: 'create'; readonly string: string | null }
  | { readonly do: 'write'; readonly row: number; readonly string: string | null }
  | { readonly do: 'choose'; readonly row: number; readonly choice: ChoiceName | null }
  | { readonly do: 'edit' | 'delete' | 'fill'; readonly row: number }
  | { readonly do: 'alias'; readonly value: string; readonly choice: 'first' | 'second' }
  | { readonly do: 'merge'; readonly choice: 'first' | 'preset' }
  | { readonly do: 'backfill' | 'sweep' }
  | { readonly do: 'regime' };

const FIELDS = choiceRegistry.fields;
const ROW = fc.nat({ max: 6 });
const LATE = ['Late ', 'Unmapped', UNKNOWN, '\u00a0', 'm\u0301'];

function stepsOf(field: ChoiceField): fc.Arbitrary<Step[]> {
  const choice = fc.constantFrom<ChoiceName>('first', 'second', 'merged', 'preset', 'deleted');
  const keys = sampleKeys(field.type, FIELDS);
  const string = fc.constantFrom<string | null>(
    ...keys,
    ...LATE,
    FIRST_ALIAS,
    MERGED_ALIAS,
    DELETED_ALIAS,
    'merged',
    'deleted',
    field.default || UNKNOWN,
    '',
    null,
    'x'.repeat(field.length + 1),
    `${keys[0]}${' '.repeat(field.length)}`,
  );
  const orNone = fc.option(choice, { freq: 4 });
  return fc.array(
    fc.oneof(
      { weight: 3, arbitrary: fc.record({ do: fc.constant('insert' as const), choice: orNone }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('create' as const), string }) },
      { weight: 5, arbitrary: fc.record({ do: fc.constant('write' as const), row: ROW, string }) },
      { weight: 5, arbitrary: fc.record({ do: fc.constant('choose' as const), row: ROW, choice: orNone }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('edit' as const, 'delete' as const, 'fill' as const), row: ROW }) },
      {
        weight: 1,
        arbitrary: fc.record({
          do: fc.constant('alias' as const),
          value: fc.constantFrom(...LATE),
          choice: fc.constantFrom('first' as const, 'second' as const),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ do: fc.constant('merge' as const), choice: fc.constantFrom('first' as const, 'preset' as const) }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('backfill' as const, 'sweep' as const) }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('regime' as const) }) },
    ),
    { minLength: 8, maxLength: 40 },
  );
}

/** One of two databases that see the same writes: the one stays at `column`, the other goes round all regimes. */
interface Side {
  readonly crm: TestCrm;
  readonly client: pg.Client;
  readonly samples: ReadonlyMap<ChoiceField, ChoiceSamples>;
}

async function createSide(): Promise<Side> {
  const crm = await createTestCrm({ phase: 'populated', tenants: ['acme'] });
  const client = await connect(crm.database.ownerUrl);
  const tenantId = crm.tenant('acme').id;
  await insertAccount(client, tenantId);
  const samples = new Map<ChoiceField, ChoiceSamples>();
  for (const type of choiceRegistry.types) {
    const [first, second] = sampleKeys(type, FIELDS);
    await addSamples(client, type, tenantId, second, first);
  }
  for (const field of FIELDS) samples.set(field, await readSamples(client, field, tenantId, sampleKeys(field.type, FIELDS)));
  return { crm, client, samples };
}

let staying: Side;
let moving: Side;
beforeAll(async () => {
  [staying, moving] = await Promise.all([createSide(), createSide()]);
});
afterAll(async () => {
  for (const side of [staying, moving]) {
    await side.client.end();
    await side.crm.close();
  }
});

describe.each(FIELDS)('$coordinate', (field) => {
  test('answers the same for any writes, wherever the strings are kept meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(stepsOf(field), async (steps) => {
        const sides = [staying, moving].map((side) => ({ ...side, changer: changeRegimes(side.client, field, side.crm.tenant('acme')) }));
        await Promise.all(
          sides.map(({ client }) =>
            client.query(`BEGIN; DELETE FROM ${field.table === 'account' ? 'opportunity; DELETE FROM account' : field.table}`),
          ),
        );
        try {
          for (const [index, step] of steps.entries()) {
            const outcomes = await Promise.all(sides.map((side) => run(field, side, step, index, side.client === moving.client)));
            expect(outcomes[1]).toEqual(outcomes[0]);
          }
          // On to the end, wherever that is from here.
          while (sides[1]!.changer.regime !== 'column') {
            expect(await read(field, sides[1]!)).toEqual(await read(field, sides[0]!));
            await sides[1]!.changer.next();
          }
          expect(await read(field, sides[1]!)).toEqual(await read(field, sides[0]!));
        } finally {
          await Promise.all(sides.map(({ client }) => client.query('ROLLBACK')));
        }
      }),
      { numRuns: 12 },
    );
  });
});

type MovingSide = Side & { readonly changer: RegimeChanger };

function read(field: ChoiceField, { client, changer }: MovingSide) {
  return readAnswers(client, field, changer.regime);
}

/** The SQLSTATE with which a step is refused, or what every record answers then. */
async function run(field: ChoiceField, side: MovingSide, step: Step, index: number, moves: boolean) {
  const { client, changer } = side;
  if (step.do === 'regime') {
    if (moves) await changer.next();
    return read(field, side);
  }
  await client.query('SAVEPOINT step');
  try {
    await carryOut(field, side, step, `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`);
  } catch (error) {
    await client.query('ROLLBACK TO SAVEPOINT step');
    return (error as { code?: string }).code ?? error;
  }
  return read(field, side);
}

async function carryOut(field: ChoiceField, side: MovingSide, step: Exclude<Step, { do: 'regime' }>, newId: string): Promise<void> {
  const { client, changer } = side;
  const tenantId = side.crm.tenant('acme').id;
  const samples = side.samples.get(field)!;
  const idOf = (name: ChoiceName) => (samples[name] ?? samples.first).id;
  const { rows } = await client.query<{ id: string }>(`SELECT id FROM ${field.table} ORDER BY id`);
  const row = 'row' in step ? rows[step.row % Math.max(1, rows.length)] : undefined;
  const update = (set: string, ...values: unknown[]) =>
    client.query(`UPDATE ${field.table} SET ${set} WHERE id = $1`, [row!.id, ...values]);
  const insert = (ref: string | null | undefined) => {
    const columns = [['id', newId], ...insertColumns(field, tenantId, ref === undefined ? {} : { ref })];
    return client.query(
      `INSERT INTO ${field.table} (${columns.map(([name]) => name).join(', ')}) VALUES (${columns.map((_, at) => `$${at + 1}`).join(', ')})`,
      columns.map(([, value]) => value),
    );
  };
  if ('row' in step && row === undefined) return;
  switch (step.do) {
    case 'insert':
      await insert(step.choice === null ? undefined : idOf(step.choice));
      break;
    case 'create':
      // A new row has a ref from the first; then the string is written.
      await insert(idOf('second'));
      await writeString(client, field, changer.regime, { tenantId, id: newId }, step.string);
      break;
    case 'write':
      await writeString(client, field, changer.regime, { tenantId, id: row!.id }, step.string);
      break;
    case 'choose':
      await update(`${field.refColumn} = $2`, step.choice === null ? null : idOf(step.choice));
      break;
    case 'edit':
      await update(`${TEXT_COLUMN[field.table]!} = $2`, `edited by ${newId}`);
      break;
    case 'delete':
      await client.query(`DELETE FROM ${field.table} WHERE id = $1`, [row!.id]);
      break;
    case 'fill':
      await changer.fill([row!.id]);
      break;
    case 'alias':
      await client.query(
        `INSERT INTO ${field.type.aliasTable} (tenant_id, legacy_value, choice_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
        [tenantId, step.value, idOf(step.choice)],
      );
      break;
    case 'merge':
      await client.query(`UPDATE ${field.type.table} SET merged_into_id = $2 WHERE tenant_id = $1 AND id = $3 AND merged_into_id IS NULL`, [
        tenantId,
        idOf('second'),
        idOf(step.choice),
      ]);
      break;
    case 'backfill':
      for (const [id, { string }] of await read(field, side))
        await client.query(
          `UPDATE ${field.table} AS record SET ${field.refColumn} = coalesce(choice.merged_into_id, choice.id)
           FROM ${field.type.aliasTable} AS alias JOIN ${field.type.table} AS choice ON choice.id = alias.choice_id
           JOIN ${field.type.table} AS survivor ON survivor.id = coalesce(choice.merged_into_id, choice.id) AND survivor.deleted_at IS NULL
           WHERE record.id = $1 AND record.${field.refColumn} IS NULL AND alias.legacy_value = $2`,
          [id, string],
        );
      break;
    case 'sweep':
      await client.query(
        `UPDATE ${field.table} SET ${field.refColumn} = choice.merged_into_id FROM ${field.type.table} AS choice
         WHERE choice.id = ${field.table}.${field.refColumn} AND choice.merged_into_id IS NOT NULL`,
      );
  }
}
