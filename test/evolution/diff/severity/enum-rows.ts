import type { SeverityRow } from './severity-row.ts';

/** An enum that a field answers with. */
const answered = (values: string): string => `type Query { status: Status } enum Status { NEW ${values} }`;
/** An enum that clients send, and never get. */
const sent = (values: string): string => `type Query { leads(order: Order): Int } enum Order { NAME ${values} }`;

export const enumRows: readonly SeverityRow[] = [
  {
    change: 'a value is added to an enum that a field answers with',
    older: answered(''),
    newer: answered('LOST'),
    reports: ['dangerous ENUM_VALUE_ADDED Status.LOST'],
  },
  {
    change: 'a value is added to an enum that only an interface answers with a list of',
    older: 'interface Node { all: [[Status!]!]! } enum Status { NEW }',
    newer: 'interface Node { all: [[Status!]!]! } enum Status { NEW LOST }',
    reports: ['dangerous ENUM_VALUE_ADDED Status.LOST'],
  },
  {
    change: 'a value is added to an enum that is only sent',
    older: sent(''),
    newer: sent('INDUSTRY'),
    reports: ['safe ENUM_VALUE_ADDED Order.INDUSTRY'],
    disagree: {
      graphql: 'dangerous',
      inspector: 'dangerous',
      because: 'no field answers with the enum, so that no client can be given a value that it does not know',
    },
  },
  {
    change: 'a value is added to an enum that a new field is the first to answer with',
    older: 'type Query { leads(order: Order): Int } enum Order { NAME }',
    newer: 'type Query { leads(order: Order): Int defaultOrder: Order } enum Order { NAME INDUSTRY }',
    reports: ['safe ENUM_VALUE_ADDED Order.INDUSTRY', 'safe FIELD_ADDED Query.defaultOrder'],
    disagree: {
      graphql: 'dangerous',
      inspector: 'dangerous',
      because: 'whoever selects the new field is written with the new value in sight',
    },
  },
  {
    change: 'a value is removed from an enum that is sent',
    older: sent('INDUSTRY'),
    newer: sent(''),
    reports: ['breaking ENUM_VALUE_REMOVED Order.INDUSTRY'],
    refuses: '{ leads(order: INDUSTRY) }',
  },
  {
    change: 'a value is removed whose name another begins with',
    older: sent('INDUSTRY INDUSTRY_REF'),
    newer: sent('INDUSTRY_REF'),
    reports: ['breaking ENUM_VALUE_REMOVED Order.INDUSTRY'],
    refuses: '{ leads(order: INDUSTRY) }',
  },
  {
    change: 'a deprecated value is removed',
    older: sent('INDUSTRY @deprecated(reason: "Use `INDUSTRY_REF`.")'),
    newer: sent(''),
    reports: ['breaking ENUM_VALUE_REMOVED Order.INDUSTRY'],
    refuses: '{ leads(order: INDUSTRY) }',
  },
  {
    change: 'a value is removed from an enum that is only answered with',
    older: answered('LOST'),
    newer: answered(''),
    reports: ['breaking ENUM_VALUE_REMOVED Status.LOST'],
  },
  {
    change: 'a value is renamed',
    older: sent('INDUSTRY'),
    newer: sent('BRANCH'),
    reports: ['breaking ENUM_VALUE_REMOVED Order.INDUSTRY', 'safe ENUM_VALUE_ADDED Order.BRANCH'],
    refuses: '{ leads(order: INDUSTRY) }',
  },
  {
    change: 'values are listed in another order',
    older: answered('WON LOST'),
    newer: answered('LOST WON'),
    reports: [],
  },
];
