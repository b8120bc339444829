import { afterEach, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import { createMergeCrm, FIELDS, type MergeCrm } from './merge-crm.ts';

let merging: MergeCrm;
afterEach(() => merging.close());

/** Gives finance more aliases, and records that carry one of them each. */
async function addAliases(from: number, to: number): Promise<void> {
  await merging.client.query(
    `INSERT INTO industry_alias (tenant_id, legacy_value, choice_id) SELECT $1, 'Alias ' || n, $2 FROM generate_series($3::int, $4::int) AS n`,
    [merging.acme, await merging.id('finance'), from, to],
  );
  for (const field of FIELDS) for (let n = from; n <= Math.min(to, from + 2); n++) await merging.insert(field, `Alias ${n}`);
}

async function countStatements(work: () => Promise<unknown>): Promise<number> {
  const query = jest.spyOn(pg.Client.prototype, 'query');
  try {
    await work();
    return query.mock.calls.length;
  } finally {
    query.mockRestore();
  }
}

test.each(['migrated', 'preferred', 'contracted'] as const)(
  'at %s undoing a merge takes as many statements for a choice of many aliases, and for a survivor that others were merged into before, as for any',
  async (phase) => {
    merging = await createMergeCrm(phase);
    const mergeAndUndo = async () => {
      await merging.merge(['finance'], 'tech');
      await merging.settle();
      const undoing = await countStatements(() => merging.undo('finance'));
      return { undoing, settling: await countStatements(() => merging.settle()) };
    };
    await addAliases(1, 3);
    const few = await mergeAndUndo();
    await addAliases(4, 400);
    for (let n = 0; n < 3; n++) {
      await merging.merge(['tech'], n % 2 === 0 ? 'retail' : 'energy');
      await merging.settle();
      await merging.undo('tech');
      await merging.settle();
    }
    const many = await mergeAndUndo();
    expect(many.undoing).toBe(few.undoing);
    // It rests until nobody can write by what held before, which takes now one pass more, now one less.
    expect(many.settling).toBeLessThan(2 * few.settling);
    for (const field of FIELDS) {
      const rows = [...(await merging.read(field)).values()];
      expect(rows).toHaveLength(6);
      expect(new Set(rows.map(([, ref]) => ref))).toEqual(new Set(['finance']));
    }
  },
  60_000,
);
