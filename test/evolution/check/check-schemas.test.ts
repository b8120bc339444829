import { describe, expect, test } from '@jest/globals';
import { buildSchema } from 'graphql';
import { checkSchemas, compareSchemas } from '../../../src/evolution/check/check-schemas.ts';
import type { Finding } from '../../../src/evolution/check/finding.ts';
import { addMonths, readSunset } from '../../../src/evolution/check/month.ts';
import { defaultPolicy } from '../../../src/evolution/check/policy/policy.ts';
import type { Policy } from '../../../src/evolution/check/policy/policy.ts';

const NOW = new Date('2027-07-01T00:00:00Z');
const CHANGES_ONLY: Partial<Policy> = { deprecations: false, descriptions: false, naming: false };
const use = (sunset: string) => `@deprecated(reason: "Use \`industryRef\`. Removed in ${sunset}.")`;

function check(older: string, newer: string, policy: Partial<Policy> = {}, now = NOW): Finding[] {
  const load = (name: string, sdl: string) => ({ name, file: `${name}.graphql`, schema: buildSchema(sdl) });
  return checkSchemas(load('old', older), load('new', newer), { ...defaultPolicy, ...policy }, now);
}
const judge = (...argumentList: Parameters<typeof check>) =>
  check(...argumentList).map(({ judgement, kind, coordinate }) => `${judgement} ${kind} ${coordinate}`);

describe('changes', () => {
  const lead = (fields: string, types = '') => `type Query { lead: Lead } type Lead { id: ID ${fields} } ${types}`;
  const before = lead(`industry: String ${use('2027-07')} industryRef: ID`);

  test('what was announced goes in its month, and not a moment before', () => {
    expect(judge(before, lead('industryRef: ID'), CHANGES_ONLY)).toEqual(['announced FIELD_REMOVED Lead.industry']);
    const early = check(before, lead('industryRef: ID'), CHANGES_ONLY, new Date('2027-06-30T23:59:59Z'));
    expect(early).toMatchObject([
      {
        judgement: 'refused',
        coordinate: 'Lead.industry',
        message: expect.stringContaining('It may go in 2027-07, and not yet in 2027-06.'),
      },
    ]);
  });

  test('that Lead.industry may go says nothing of Lead.industryRef', () => {
    expect(judge(before, lead(`industry: String ${use('2027-07')}`), CHANGES_ONLY)).toEqual(['refused FIELD_REMOVED Lead.industryRef']);
    expect(judge(before, lead(''), CHANGES_ONLY)).toEqual([
      'refused FIELD_REMOVED Lead.industryRef',
      'announced FIELD_REMOVED Lead.industry',
    ]);
  });

  test.each(['@deprecated', '@deprecated(reason: "Use `industryRef`.")', '@deprecated(reason: "Removed in 2027-07-31")'])(
    'a removal that was announced for no month is refused: %s',
    (note) => {
      const [finding] = check(lead(`industry: String ${note}`), lead(''), CHANGES_ONLY);
      expect(finding).toMatchObject({ judgement: 'refused', message: expect.stringContaining('It was not said when it goes') });
    },
  );

  test('another change of a deprecated member is refused like any', () => {
    expect(judge(before, lead('industry: Int industryRef: ID'), CHANGES_ONLY)).toContain('refused FIELD_TYPE_CHANGED Lead.industry');
  });

  test('a type goes with the last member that led to it, through interfaces and inputs too', () => {
    const types = `
      interface Choice { key: String } type Industry implements Choice { key: String, of: Sector } type Sector { name: String }
      input Filter { sector: SectorFilter } input SectorFilter { name: String } enum Unit { A }`;
    const older = lead(`choice(filter: Filter): Choice ${use('2027-07')}`, `${types} type Query2 { unit: Unit }`);
    expect(judge(older, lead('', 'type Query2 { unit: Int }'), CHANGES_ONLY)).toEqual([
      'refused FIELD_TYPE_CHANGED Query2.unit',
      'announced TYPE_REMOVED Choice',
      'announced TYPE_REMOVED Filter',
      'announced TYPE_REMOVED Industry',
      'announced FIELD_REMOVED Lead.choice',
      'announced TYPE_REMOVED Sector',
      'announced TYPE_REMOVED SectorFilter',
      'announced TYPE_REMOVED Unit',
    ]);
    const stillLed = lead(`choice: Choice ${use('2027-07')} industry: Industry`, types);
    expect(judge(stillLed, lead('industry: Int'), CHANGES_ONLY)).toEqual(
      expect.arrayContaining(['refused TYPE_REMOVED Choice', 'refused TYPE_REMOVED Industry', 'refused TYPE_REMOVED Sector']),
    );
    // A field of the interface answers with it, though no field is of its type.
    const answered = lead(`of: Industry ${use('2027-07')} choice: Choice`, types);
    expect(judge(answered, lead('choice: Choice', 'interface Choice { key: String }'), CHANGES_ONLY)).toContain(
      'refused TYPE_REMOVED Industry',
    );
  });

  test('each stands where its member is, or what is left around it', () => {
    const older = '"""a"""\ntype Query {\n  """b"""\n  a(x: Int, y: Int): Int\n  b: Int\n}\nenum E { A }';
    const newer = '"""a"""\ntype Query {\n  """c"""\n  a(\n    x: String\n  ): Int\n}';
    const load = (sdl: string) => ({ name: 'schema.graphql', file: 'schema.graphql', schema: buildSchema(sdl) });
    expect(compareSchemas(load(older), load(newer)).map(({ coordinate, line }) => [coordinate, line])).toEqual([
      ['E', 1],
      ['Query.a(x:)', 5],
      ['Query.a(y:)', 4],
      ['Query.b', 2],
      ['Query.a', 4],
    ]);
  });
});

describe('policy', () => {
  const clean =
    '"All." type Query { "One." a("Which." id: ID): E "New." industryRef: ID } "Some."enum E { "One." ONE } "Which." input F { "One." a: ID }';
  const plant = (from: string, to: string, policy?: Partial<Policy>) =>
    judge(clean, clean.replace(from, to), policy).filter((line) => line.startsWith('refused'));

  test('nothing is held against a schema without a fault', () => {
    expect(judge(clean, clean)).toEqual([]);
  });

  test.each([
    ['"All."', '', 'DESCRIPTION_MISSING Query'],
    ['"One." a(', 'a(', 'DESCRIPTION_MISSING Query.a'],
    ['"Which." id', '" " id', 'DESCRIPTION_MISSING Query.a(id:)'],
    ['"One." ONE', 'ONE', 'DESCRIPTION_MISSING E.ONE'],
    ['"One." a: ID', 'a: ID', 'DESCRIPTION_MISSING F.a'],
    ['"Some."', '"Some." scalar lower "Some."', 'NAME lower'],
    ['(', '("Why." the_id: ID ', 'NAME Query.a(the_id:)'],
    ['"One." a(', '"Two." Two: ID "One." a(', 'NAME Query.Two'],
    ['"One." ONE', '"One." ONE "Two." two', 'NAME E.two'],
    ['"One." a: ID', '"One." a: ID "Two." a_b: ID', 'NAME F.a_b'],
  ])('%j → %j is %s', (from, to, fault) => {
    expect(plant(from, to)).toEqual([`refused ${fault}`]);
    const { 0: kind, 1: coordinate } = fault.split(' ');
    expect(plant(from, to, { descriptions: kind === 'NAME', naming: kind !== 'NAME' })).toEqual([]);
    if (kind === 'NAME') expect(plant(from, to, { allowedNames: new Set([coordinate!]) })).toEqual([]);
  });

  test('an allowed name is one coordinate, not those that begin with it', () => {
    const to = '"Two." Two("Why." The: ID): ID "One." a(';
    expect(plant('"One." a(', to, { allowedNames: new Set(['Query.Two']) })).toEqual(['refused NAME Query.Two(The:)']);
  });

  const deprecate = (note: string) => clean.replace('): E', `): E ${note}`);
  const faults = (older: string, newer: string) => judge(older, newer).filter((line) => line.startsWith('refused'));

  test.each([
    ['@deprecated', 'DEPRECATION_REASON_MISSING'],
    ['@deprecated(reason: " ")', 'DEPRECATION_REASON_MISSING'],
    ['@deprecated(reason: "Confused people. Removed in 2028-01.")', 'DEPRECATION_REPLACEMENT_MISSING'],
    ['@deprecated(reason: "Use `industryRef`.")', 'DEPRECATION_SUNSET_MISSING'],
    [use('2027-12'), 'DEPRECATION_NOTICE_TOO_SHORT'],
  ])('%s is %s', (note, kind) => {
    expect(faults(clean, deprecate(note))).toEqual([`refused ${kind} Query.a`]);
    expect(judge(clean, deprecate(note), { deprecations: false }).filter((line) => line.startsWith('refused'))).toEqual([]);
  });

  test('a sunset that was told before stays, and may move away, but not nearer than the notice', () => {
    expect(faults(clean, deprecate(use('2028-01')))).toEqual([]);
    expect(faults(deprecate(use('2027-08')), deprecate(use('2027-08')))).toEqual([]);
    expect(faults(deprecate(use('2027-08')), deprecate(use('2027-09')))).toEqual([]);
    expect(faults(deprecate(use('2028-03')), deprecate(use('2027-12')))).toEqual(['refused DEPRECATION_NOTICE_TOO_SHORT Query.a']);
    expect(judge(clean, deprecate(use('2027-09')), { noticeMonths: 2 })).not.toContain('refused DEPRECATION_NOTICE_TOO_SHORT Query.a');
  });
});

test('months are counted over the year, and read from reasons', () => {
  expect([addMonths('2026-11', 6), addMonths('2026-07', 6), addMonths('2026-06', 0), addMonths('2026-12', 1)]).toEqual([
    '2027-05',
    '2027-01',
    '2026-06',
    '2027-01',
  ]);
  expect(['removed in 2027-01', 'Removed in 2027-13.', 'Removed in 2027-01-05', 'not removed'].map(readSunset)).toEqual([
    '2027-01',
    undefined,
    undefined,
    undefined,
  ]);
});
