import { describe, expect, test } from '@jest/globals';
import { buildSchema } from 'graphql';
import { annotateSchema } from '../../../src/evolution/versions/annotate-schema.ts';
import { findLifecycle } from '../../../src/evolution/versions/member-lifecycle.ts';
import { listMembers } from '../../../src/evolution/versions/list-members.ts';
import type { LifecycleEntry } from '../../../src/evolution/lifecycle.ts';
import { DeclarationError } from '../../../src/errors.ts';
import { createToySchema, toyLifecycle } from '../../api/toy/toy-schema.ts';

const introduced = { introduced: '2026-11' };
const deprecated = { since: '2026-11', sunset: '2027-07', replacement: 'other' };

describe('annotateSchema', () => {
  test('gives every kind of member its lifecycle, and no other member any', () => {
    const schema = createToySchema();
    annotateSchema(schema, toyLifecycle);
    const annotated = [...listMembers(schema)].flatMap(({ coordinate, member }) => {
      const lifecycle = findLifecycle(member);
      return lifecycle === undefined ? [] : [[coordinate, lifecycle]];
    });
    expect(Object.fromEntries(annotated)).toEqual(Object.fromEntries(toyLifecycle));
  });

  test('keeps what else a member carries in its extensions', () => {
    const schema = createToySchema();
    const field = schema.getQueryType()!.getFields().lead!;
    field.extensions = { complexity: 3 };
    annotateSchema(schema, [['Query.lead', introduced]]);
    expect(field.extensions).toEqual({ complexity: 3, lifecycle: introduced });
  });

  const wrong: readonly (readonly [why: string, entries: readonly LifecycleEntry[], message: string])[] = [
    ['an unknown type', [['Nobody', introduced]], 'Nobody: does not exist'],
    ['an unknown type of a member', [['Nobody.name', introduced]], 'Nobody.name: does not exist'],
    ['an unknown field', [['Lead.nothing', introduced]], 'Lead.nothing: does not exist'],
    ['an unknown argument', [['Query.leads(nothing:)', introduced]], 'Query.leads(nothing:): does not exist'],
    ['an unknown input field', [['LeadFilter.nothing', introduced]], 'LeadFilter.nothing: does not exist'],
    ['an unknown enum value', [['LeadOrderField.NOTHING', introduced]], 'LeadOrderField.NOTHING: does not exist'],
    ['what is no coordinate', [['Lead.industry!', introduced]], 'Lead.industry!: does not exist'],
    ['a directive', [['@skip', introduced]], '@skip: is part of a directive'],
    [
      'a coordinate listed twice',
      [
        ['Lead', introduced],
        ['Lead', introduced],
      ],
      'Lead: listed twice',
    ],
    ['a month that is none', [['Lead', { introduced: '2026-13' }]], 'Lead: introduced must be YYYY-MM, got "2026-13"'],
    ['a sunset before the deprecation', [['Lead.name', { deprecated: { ...deprecated, sunset: '2026-11' } }]], 'must be after'],
    ['a deprecation before the introduction', [['Lead.name', { introduced: '2027-01', deprecated }]], 'before it is introduced'],
    ['a removal before the introduction', [['Lead.name', { introduced: '2026-11', removed: '2026-11' }]], 'only introduced'],
    ['a removal before the sunset', [['Lead.name', { deprecated, removed: '2027-06' }]], 'before its announced sunset'],
    ['a deprecation without a replacement', [['Lead.name', { deprecated: { ...deprecated, replacement: ' ' } }]], 'replacement'],
    ['a required argument that is deprecated', [['Query.lead(id:)', { deprecated }]], 'Query.lead(id:): a required input cannot'],
    ['a required input field that is deprecated', [['Mutation.updateLead(input:)', { deprecated }]], 'a required input cannot'],
  ];
  test.each(wrong)('refuses %s and names it', (_why, entries, message) => {
    const annotate = () => annotateSchema(createToySchema(), entries);
    expect(annotate).toThrow(DeclarationError);
    expect(annotate).toThrow(message);
  });

  test('allows to deprecate a non-null input that has a default', () => {
    expect(() => annotateSchema(createToySchema(), [['Query.lead(verbose:)', { deprecated }]])).not.toThrow();
  });

  test('refuses a deprecation that is written into the schema itself, since no version would be without it', () => {
    const schema = buildSchema('type Query { old: Int @deprecated(reason: "gone") }');
    expect(() => annotateSchema(schema, [])).toThrow('Query.old: is deprecated where it is defined');
  });

  test('reports all mistakes at once', () => {
    const annotate = () =>
      annotateSchema(createToySchema(), [
        ['Nobody', introduced],
        ['Lead.nothing', introduced],
      ]);
    expect(annotate).toThrow(/Nobody[^]*Lead\.nothing/);
  });
});
