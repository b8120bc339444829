import { expect, test } from '@jest/globals';
import { buildSchema } from 'graphql';
import type { Lifecycle } from '../../../src/evolution/lifecycle.ts';
import { listRemovals } from '../../../src/evolution/removal/list-removals.ts';
import { annotateSchema } from '../../../src/evolution/versions/annotate-schema.ts';
import { printVersion } from '../../../src/evolution/versions/print-version.ts';
import { viewSchema } from '../../../src/evolution/versions/view-schema.ts';

const OLDER = { name: '2026-11', month: '2026-11' };
const NEWER = { name: '2027-07', month: '2027-07' };

const SDL = `
  type Query { leads(filter: Filter, order: Order, old: Boolean): [Lead!]  report: Report  node: Node }
  interface Node { id: ID }
  type Lead implements Node { id: ID  industry: String  company: String }
  type Report { rows: [Row!] }
  type Row { cell: String }
  input Filter { industry: String  company: String }
  enum Order { COMPANY  INDUSTRY }
`;

/** What 2027-07 takes away where these members are removed in it, those of them that are deprecated before included. */
function list(removed: readonly string[], deprecated: readonly string[] = removed, edit: (sdl: string) => string = (sdl) => sdl) {
  const schema = buildSchema(SDL);
  annotateSchema(
    schema,
    [...new Set([...removed, ...deprecated])].map((coordinate): [string, Lifecycle] => [
      coordinate,
      {
        ...(removed.includes(coordinate) && { removed: NEWER.month }),
        ...(deprecated.includes(coordinate) && { deprecated: { since: '2026-11', sunset: '2027-07', replacement: 'id' } }),
      },
    ]),
  );
  const published = buildSchema(edit(printVersion(viewSchema(schema, OLDER))));
  const { announced, unannounced } = listRemovals(
    schema,
    { version: OLDER, published },
    { version: NEWER, view: viewSchema(schema, NEWER) },
  );
  return { announced, unannounced: unannounced.map(({ kind, coordinate }) => `${kind} ${coordinate}`) };
}

test.each([
  [['Lead.industry']],
  [['Filter.industry']],
  [['Order.INDUSTRY']],
  [['Query.leads(old:)']],
  [['Query.report']],
  [['Query.node', 'Lead.industry']],
])('%j go as they were announced', (members) => {
  expect(list(members)).toEqual({ announced: members.toSorted(), unannounced: [] });
});

test('a deprecated type goes with what leads to it', () => {
  expect(list(['Query.report', 'Report'])).toEqual({ announced: ['Query.report', 'Report'], unannounced: [] });
});

test('what is deprecated stays where it is not removed', () => {
  expect(list([], ['Lead.industry'])).toEqual({ announced: [], unannounced: [] });
});

test('what is removed and not deprecated was not announced; its namesakes do not announce it', () => {
  expect(list(['Lead.company', 'Order.COMPANY', 'Filter.company'], ['Filter.company', 'Lead.industry'])).toEqual({
    announced: ['Filter.company'],
    unannounced: ['FIELD_REMOVED Lead.company', 'ENUM_VALUE_REMOVED Order.COMPANY'],
  });
});

test('both the code and what was published have to say so', () => {
  const silence = (sdl: string) => sdl.replace(/ @deprecated\(.*\)/, '');
  expect(list(['Lead.industry'], ['Lead.industry'], silence)).toEqual({ announced: [], unannounced: ['FIELD_REMOVED Lead.industry'] });
  const mark = (sdl: string) => sdl.replace('company: String', 'company: String @deprecated(reason: "Soon.")');
  expect(list(['Lead.company', 'Filter.company'], [], mark).announced).toEqual([]);
});
