import type { SeverityRow } from './severity-row.ts';

/** A schema with a member of every kind; each row writes something on one of them. */
const noted = (at: Partial<Record<'schema' | 'type' | 'field' | 'argument' | 'input' | 'value' | 'directive', string>>): string => `
  ${at.schema ?? ''} schema { query: Query }
  ${at.type ?? ''} type Query { ${at.field ?? ''} leads(${at.argument ?? ''} order: Order): Int }
  enum Order { ${at.value ?? ''} NAME }
  input Filter { ${at.input ?? ''} key: ID }
  ${at.directive ?? ''} directive @live on FIELD`;
const text = '"A text."';

const lead = (industry: string): string => `type Query { industry: String ${industry} }`;
const inputs = (industry: string): string => `input Filter { industry: String ${industry} }`;

export const noteRows: readonly SeverityRow[] = [
  ...(
    [
      ['schema', 'schema'],
      ['type', 'Query'],
      ['field', 'Query.leads'],
      ['argument', 'Query.leads(order:)'],
      ['input', 'Filter.key'],
      ['value', 'Order.NAME'],
      ['directive', '@live'],
    ] as const
  ).map(([at, coordinate]) => ({
    change: `the description of ${coordinate} is written`,
    older: noted({}),
    newer: noted({ [at]: text }),
    reports: [`safe DESCRIPTION_CHANGED ${coordinate}`],
  })),
  {
    change: 'a description changes',
    older: noted({ type: '"Another text."' }),
    newer: noted({ type: text }),
    reports: ['safe DESCRIPTION_CHANGED Query'],
  },
  {
    change: 'a field is deprecated',
    older: lead(''),
    newer: lead('@deprecated(reason: "Use `industryRef`.")'),
    reports: ['safe DEPRECATION_ADDED Query.industry'],
  },
  {
    change: 'a field is deprecated for another reason',
    older: lead('@deprecated(reason: "Use `industryRef`.")'),
    newer: lead('@deprecated(reason: "Use `industryRef { key }`.")'),
    reports: ['safe DEPRECATION_REASON_CHANGED Query.industry'],
    disagree: {
      inspector: 'dangerous',
      because:
        'the reason is a text for people; Inspector takes its new wording for an argument of @deprecated that went and another that came',
    },
  },
  {
    change: 'a field is no longer deprecated',
    older: lead('@deprecated'),
    newer: lead(''),
    reports: ['safe DEPRECATION_REMOVED Query.industry'],
  },
  {
    change: 'an input field is deprecated',
    older: inputs(''),
    newer: inputs('@deprecated(reason: "Use `industryRef`.")'),
    reports: ['safe DEPRECATION_ADDED Filter.industry'],
  },
  {
    change: 'an argument is deprecated',
    older: 'type Query { leads(first: Int): Int }',
    newer: 'type Query { leads(first: Int @deprecated(reason: "Use `limit`.")): Int }',
    reports: ['safe DEPRECATION_ADDED Query.leads(first:)'],
  },
  {
    change: 'an enum value is deprecated',
    older: 'enum Order { INDUSTRY }',
    newer: 'enum Order { INDUSTRY @deprecated(reason: "Use `INDUSTRY_REF`.") }',
    reports: ['safe DEPRECATION_ADDED Order.INDUSTRY'],
  },
];
