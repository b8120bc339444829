import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sql } from 'kysely';
import { labelKey } from '../../../src/choice/label-key.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { createSheets, type Sheets, typeOf } from './sheets.ts';

const LEAD_SOURCE = typeOf('LeadSource');
const KEYS = ['web', 'event', 'referral', 'ads', 'manual'];

let crm: TestCrm;
let source: Sheets;
beforeAll(async () => {
  crm = await createTestCrm({ phase: 'populated' });
  source = await createSheets(crm);
  // Labels from before the rules may have control characters, and stay.
  await sql`ALTER TABLE lead_source DISABLE TRIGGER guard_choice_rules`.execute(crm.owner.sql);
});
afterAll(() => crm.close());

/** What breaks CSV, what spreadsheets carry out, and what turns text around. */
const PIECES = ['"', '""', ',', ';', "'", '=', '+', '-', '@', '\t', '\r', '\n', '\r\n', ' ', '\u00a0', '\ufeff', '\uff1d', '\\', '[', '{'];
const WORDS = [
  '=1+1',
  '=HYPERLINK("http://x","y")',
  'مرحبا',
  'שלום',
  '\u202eabc',
  '👩‍👩‍👧',
  '🇩🇪',
  'é',
  'e\u0301',
  'İ',
  '007',
  '1e5',
  'TRUE',
  'null',
  '-2-3',
];

const text = (longest: number) =>
  fc
    .array(fc.oneof(fc.constantFrom(...PIECES), fc.constantFrom(...WORDS), fc.string({ unit: 'grapheme', maxLength: 4 })), { maxLength: 4 })
    .map((pieces) => [...pieces.join('').replaceAll('\0', '')].slice(0, longest).join(''));

const choices = fc
  .record({
    labels: fc.uniqueArray(
      text(60).filter((label) => labelKey(label) !== ''),
      { minLength: KEYS.length, maxLength: KEYS.length, selector: labelKey },
    ),
    aliases: fc.uniqueArray(
      text(20).filter((alias) => alias !== '' && !KEYS.includes(alias)),
      { maxLength: 8 },
    ),
    rows: fc.array(
      fc.record({
        active: fc.boolean(),
        color: fc.option(text(20)),
        icon: fc.option(text(50)),
        target: fc.option(fc.integer({ min: -99_999, max: 99_999 }).map((hundredths) => hundredths / 100)),
      }),
      { minLength: KEYS.length, maxLength: KEYS.length },
    ),
    positions: fc.shuffledSubarray([1, 2, 3, 4, 7], { minLength: KEYS.length }),
  })
  .map(({ labels, aliases, rows, positions }) => ({
    aliases,
    rows: rows.map((row, index) => ({ ...row, label: labels[index]!, key: KEYS[index]!, position: positions[index]! })),
  }));
type Choices = typeof choices extends fc.Arbitrary<infer Value> ? Value : never;

async function store({ tenant }: Sheets, { rows, aliases }: Choices): Promise<void> {
  await crm.owner.sql.transaction().execute(async (transaction) => {
    await sql`DELETE FROM lead_source_alias WHERE tenant_id = ${tenant.id} AND legacy_value <> ALL (${KEYS})`.execute(transaction);
    // Out of each other's way.
    await sql`UPDATE lead_source SET label = 'label of ' || key WHERE tenant_id = ${tenant.id}`.execute(transaction);
    for (const { key, label, active, color, icon, target, position } of rows)
      await sql`
        UPDATE lead_source SET label = ${label}, active = ${active || key === 'manual'}, color = ${color}, icon = ${icon},
          conversion_rate_target = ${target}, position = ${position}
        WHERE tenant_id = ${tenant.id} AND key = ${key}`.execute(transaction);
    for (const [index, alias] of aliases.entries())
      await sql`
        INSERT INTO lead_source_alias (tenant_id, legacy_value, choice_id)
        SELECT tenant_id, ${alias}, id FROM lead_source WHERE tenant_id = ${tenant.id} AND key = ${KEYS[index % KEYS.length]!}`.execute(
        transaction,
      );
  });
}

test('whatever choices say, to import what was exported changes nothing and writes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(choices, async (stored) => {
      await store(source, stored);
      const before = await source.countChanges();
      const csv = await source.export(LEAD_SOURCE);
      expect(await source.import(`\ufeff${csv}`, { type: LEAD_SOURCE })).toMatchObject({ created: 0, updated: 0, unchanged: KEYS.length });
      expect(await source.countChanges()).toEqual(before);
      // No cell begins as a formula does, in the eyes of whoever knows CSV.
      expect(csv.replaceAll(/"(?:[^"]|"")*"/g, (cell) => (/^"(?:\s*[=+\-@]|[\t\r\n])/.test(cell) ? 'FORMULA' : ''))).not.toMatch(
        /FORMULA|(?:^|,)[^\S\n]*[=+@]/m,
      );
    }),
    { numRuns: 60 },
  );
}, 120_000);

test('a tenant to which the choices of another one are imported tells the same', async () => {
  const target = await createSheets(crm);
  const allowed = choices.filter(({ rows }) =>
    rows.every(
      ({ label, color, icon }) => ![label, color, icon].some((value) => value !== null && /[\p{Cc}\p{Bidi_Control}]/u.test(value)),
    ),
  );
  await fc.assert(
    fc.asyncProperty(allowed, async (stored) => {
      await store(source, stored);
      await store(target, {
        aliases: [],
        rows: stored.rows.map((row) => ({ ...row, label: `before ${row.key}`, color: 'red', active: true })),
      });
      const csv = await source.export(LEAD_SOURCE);
      const dry = await target.import(csv, { type: LEAD_SOURCE, dryRun: true });
      expect(await target.import(csv, { type: LEAD_SOURCE })).toEqual(dry);
      expect(await target.export(LEAD_SOURCE)).toBe(csv);
    }),
    { numRuns: 40 },
  );
}, 120_000);
