import type { SeverityRow } from './severity-row.ts';

const live = (definition: string): string => `type Query { leads: Int } directive @live${definition}`;

const unseenArguments =
  'graphql-js does not compare the types and defaults of the arguments of directives, yet they work like those of fields';
const serverOnly = 'it stands only in the definition of the schema: no operation can write it';

export const directiveRows: readonly SeverityRow[] = [
  {
    change: 'a directive is added',
    older: 'type Query { leads: Int }',
    newer: live(' on FIELD'),
    reports: ['safe DIRECTIVE_ADDED @live'],
  },
  {
    change: 'a directive is removed',
    older: live(' on FIELD'),
    newer: 'type Query { leads: Int }',
    reports: ['breaking DIRECTIVE_REMOVED @live'],
    refuses: '{ leads @live }',
  },
  {
    change: 'a directive for definitions is removed',
    older: live(' on FIELD_DEFINITION | OBJECT'),
    newer: 'type Query { leads: Int }',
    reports: ['safe DIRECTIVE_REMOVED @live'],
    keeps: '{ leads }',
    disagree: { graphql: 'breaking', inspector: 'breaking', because: serverOnly },
  },
  {
    change: 'a directive can be written in another place',
    older: live(' on FIELD'),
    newer: live(' on FIELD | QUERY'),
    reports: ['safe DIRECTIVE_LOCATION_ADDED @live'],
  },
  {
    change: 'a directive can no longer be written in a place',
    older: live(' on FIELD | QUERY'),
    newer: live(' on QUERY'),
    reports: ['breaking DIRECTIVE_LOCATION_REMOVED @live'],
    refuses: '{ leads @live }',
  },
  {
    change: 'a directive can no longer be written in definitions',
    older: live(' on FIELD | FIELD_DEFINITION'),
    newer: live(' on FIELD'),
    reports: ['safe DIRECTIVE_LOCATION_REMOVED @live'],
    keeps: '{ leads @live }',
    disagree: { graphql: 'breaking', inspector: 'breaking', because: 'that place is in the definition of the schema, not in an operation' },
  },
  {
    change: 'a directive can be repeated',
    older: live(' on FIELD'),
    newer: live(' repeatable on FIELD'),
    reports: ['safe DIRECTIVE_REPEATABLE_ADDED @live'],
  },
  {
    change: 'a directive can no longer be repeated',
    older: live(' repeatable on FIELD'),
    newer: live(' on FIELD'),
    reports: ['breaking DIRECTIVE_REPEATABLE_REMOVED @live'],
    refuses: '{ leads @live @live }',
    disagree: { inspector: 'dangerous', because: 'an operation that writes it twice in one place is refused' },
  },
  {
    change: 'a directive gets a required argument',
    older: live(' on FIELD'),
    newer: live('(every: Int!) on FIELD'),
    reports: ['breaking REQUIRED_DIRECTIVE_ARGUMENT_ADDED @live(every:)'],
    refuses: '{ leads @live }',
  },
  {
    change: 'a directive gets an optional argument',
    older: live(' on FIELD'),
    newer: live('(every: Int) on FIELD'),
    reports: ['safe OPTIONAL_DIRECTIVE_ARGUMENT_ADDED @live(every:)'],
  },
  {
    change: 'a directive gets an argument with a default',
    older: live(' on FIELD'),
    newer: live('(every: Int = 5) on FIELD'),
    reports: ['dangerous OPTIONAL_DIRECTIVE_ARGUMENT_ADDED @live(every:)'],
    disagree: { graphql: 'safe', inspector: 'safe', because: 'its default now holds wherever an operation writes the directive' },
  },
  {
    change: 'a directive gets a non-null argument with a default',
    older: live(' on FIELD'),
    newer: live('(every: Int! = 5) on FIELD'),
    reports: ['dangerous OPTIONAL_DIRECTIVE_ARGUMENT_ADDED @live(every:)'],
    keeps: '{ leads @live }',
    disagree: {
      graphql: 'safe',
      inspector: 'breaking',
      because:
        'with a default it need not be given, so nothing is refused; the default now holds wherever an operation writes the directive',
    },
  },
  {
    change: 'a directive loses an argument',
    older: live('(every: Int) on FIELD'),
    newer: live(' on FIELD'),
    reports: ['breaking DIRECTIVE_ARGUMENT_REMOVED @live(every:)'],
    refuses: '{ leads @live(every: 1) }',
  },
  {
    change: 'an argument of a directive takes another type',
    older: live('(every: Int) on FIELD'),
    newer: live('(every: String) on FIELD'),
    reports: ['breaking DIRECTIVE_ARGUMENT_TYPE_CHANGED @live(every:)'],
    refuses: '{ leads @live(every: 1) }',
    disagree: { graphql: 'safe', because: unseenArguments },
  },
  {
    change: 'an argument of a directive becomes required',
    older: live('(every: Int) on FIELD'),
    newer: live('(every: Int!) on FIELD'),
    reports: ['breaking DIRECTIVE_ARGUMENT_MADE_REQUIRED @live(every:)'],
    refuses: '{ leads @live }',
    disagree: { graphql: 'safe', because: unseenArguments },
  },
  {
    change: 'an argument of a directive becomes optional',
    older: live('(every: Int!) on FIELD'),
    newer: live('(every: Int) on FIELD'),
    reports: ['safe DIRECTIVE_ARGUMENT_NULLABILITY_LOOSENED @live(every:)'],
  },
  {
    change: 'the default of an argument of a directive changes',
    older: live('(every: Int = 5) on FIELD'),
    newer: live('(every: Int = 1) on FIELD'),
    reports: ['dangerous DIRECTIVE_ARGUMENT_DEFAULT_CHANGED @live(every:)'],
    disagree: { graphql: 'safe', because: unseenArguments },
  },
  {
    change: 'a non-null argument of a directive loses its default',
    older: live('(every: Int! = 5) on FIELD'),
    newer: live('(every: Int!) on FIELD'),
    reports: ['breaking DIRECTIVE_ARGUMENT_MADE_REQUIRED @live(every:)'],
    refuses: '{ leads @live }',
    disagree: {
      graphql: 'safe',
      inspector: 'dangerous',
      because: 'without its default it has to be given wherever the directive is written',
    },
  },
  {
    change: 'a directive for definitions gets a required argument',
    older: live(' on FIELD_DEFINITION'),
    newer: live('(every: Int!) on FIELD_DEFINITION'),
    reports: ['safe REQUIRED_DIRECTIVE_ARGUMENT_ADDED @live(every:)'],
    keeps: '{ leads }',
    disagree: { graphql: 'breaking', inspector: 'breaking', because: serverOnly },
  },
  {
    change: 'a directive for definitions can be written in operations, with a required argument',
    older: live(' on FIELD_DEFINITION'),
    newer: live('(every: Int!) on FIELD_DEFINITION | FIELD'),
    reports: ['safe DIRECTIVE_LOCATION_ADDED @live', 'safe REQUIRED_DIRECTIVE_ARGUMENT_ADDED @live(every:)'],
    keeps: '{ leads }',
    disagree: { graphql: 'breaking', inspector: 'breaking', because: 'no operation could write it before the argument came' },
  },
];
