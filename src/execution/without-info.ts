import type { GraphQLFieldResolver } from 'graphql';

const known = new WeakSet<object>();

/** Says of a resolver that it takes no `info`: nobody makes one for it, which for each row of a page would be most of what it costs. */
export function withoutInfo<Resolve extends GraphQLFieldResolver<never, never>>(resolve: Resolve): Resolve {
  known.add(resolve);
  return resolve;
}

export function takesNoInfo(resolve: object): boolean {
  return known.has(resolve);
}
