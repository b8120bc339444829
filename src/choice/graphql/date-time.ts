import { GraphQLScalarType } from 'graphql';

export const DateTime = new GraphQLScalarType<string, string>({
  name: 'DateTime',
  description: 'A point in time in UTC as an ISO 8601 string with milliseconds: `2026-11-22T12:00:00.000Z`.',
  serialize: String,
});
