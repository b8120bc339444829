import { excerpt } from '../../choice/excerpt.ts';
import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';

/** An exact number with at most 16 digits before and 2 after the point, as `numeric(18, 2)` holds it. */
const DECIMAL = /^-?\d{1,16}(\.\d{1,2})?$/;

export const Decimal = new GraphQLScalarType<string, string>({
  name: 'Decimal',
  description: 'An exact decimal number as a string: at most 16 digits before the point and 2 after it.',
  serialize: String,
  parseValue: (value) => parseDecimal(typeof value === 'number' ? String(value) : value),
  parseLiteral: (node) =>
    parseDecimal(node.kind === Kind.STRING || node.kind === Kind.INT || node.kind === Kind.FLOAT ? node.value : undefined),
});

function parseDecimal(value: unknown): string {
  if (typeof value === 'string' && DECIMAL.test(value)) return value;
  throw new GraphQLError(
    `Expected a decimal number with at most 16 digits before the point and 2 after it, got ${excerpt(JSON.stringify(value) ?? 'nothing')}`,
  );
}
