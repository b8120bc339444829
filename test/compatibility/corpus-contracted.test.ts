import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { restoredExpression } from '../../src/choice/derive/legacy-value.ts';
import { preferFields } from '../../src/choice/migrate/prefer.ts';
import { readFieldState } from '../../src/choice/migrate/read-regime.ts';
import { addColumns, awaitServers, fillColumns, openWindow, tellServers } from '../harness/regimes.ts';
import { compareCorpora, type Corpus } from './corpus-operation.ts';
import { type CorpusWorld, createCorpusWorld } from './corpus-world.ts';
import type { ChoiceIds } from './dynamic-operations.ts';

let world: CorpusWorld;
let ids: ChoiceIds;
let migrated: { legacy: Corpus; dynamic: Corpus };
beforeAll(async () => {
  world = await createCorpusWorld();
  await world.crm.populate();
  ids = await world.editChoices();
  await world.crm.migrate();
  migrated = { legacy: await world.recordLegacy(), dynamic: await world.recordDynamic(ids) };
}, 120_000);
afterAll(() => world.close());

const STOPS: readonly [string, regime: string, () => Promise<unknown>][] = [
  [
    'one tenant alone is preferred',
    'column',
    () => preferFields(world.crm.owner.sql, { ...world.crm.scope, tenants: [world.crm.tenant('acme')] }, world.crm.run),
  ],
  [
    'the archive is kept in step, and servers name the column no more',
    'window',
    async () => {
      await world.crm.prefer();
      await openWindow(world.crm);
    },
  ],
  ['the archive is kept in step, and servers name the column', 'window', () => tellServers(world.crm, 'column')],
  ['contracted', 'archive', () => world.crm.contract()],
  ['the column is there again, empty', 'restore', () => addColumns(world.crm)],
  ['the column is filled, and servers name it', 'restore', () => fillColumns(world.crm)],
  ['rolled back to preferred', 'column', () => world.crm.rollback('preferred')],
  [
    'contracted again, and rolled back to migrated at once',
    'column',
    async () => {
      await world.crm.contract();
      await world.crm.rollback('migrated');
    },
  ],
  ['rolled back to populated', 'column', () => world.crm.rollback('populated')],
  ['rolled back to expanded', 'column', () => world.crm.rollback('expanded')],
];

describe.each(STOPS)('where %s', (_where, regime, enter) => {
  beforeAll(async () => {
    await enter();
    await awaitServers(world.crm);
  });

  test('every operation is answered with the bytes of migrated, and every write does the same', async () => {
    for (const field of world.crm.scope.fields) expect((await readFieldState(world.crm.owner.sql, field)).regime).toBe(regime);
    expect(compareCorpora(migrated.legacy, await world.recordLegacy())).toEqual([]);
    expect(compareCorpora(migrated.dynamic, await world.recordDynamic(ids))).toEqual([]);
    expect(world.api.log).toEqual([]);
  }, 120_000);

  test('column and archive agree', async () => {
    if (regime !== 'window') return;
    for (const field of world.crm.scope.fields) {
      const { rows } = await sql`
        SELECT FROM ${sql.table(field.table)} AS record
        WHERE ${sql.id(field.legacyColumn)}::text IS DISTINCT FROM ${sql.raw(restoredExpression(field))}`.execute(world.crm.owner.sql);
      expect(rows).toEqual([]);
    }
  });
});
