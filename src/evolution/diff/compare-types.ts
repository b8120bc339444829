import { isListType, isNonNullType } from 'graphql';
import type { GraphQLType } from 'graphql';

/** `looser`: null is allowed where it was not; `tighter`: the other way round; `other`: both, or another type or list depth. */
export type TypeComparison = 'same' | 'looser' | 'tighter' | 'other';

/** How the type of a member changed. Whether looser or tighter is what breaks depends on who reads the value. */
export function compareTypes(older: GraphQLType, newer: GraphQLType): TypeComparison {
  if (isNonNullType(older) && isNonNullType(newer)) return compareTypes(older.ofType, newer.ofType);
  if (isNonNullType(older)) return combine('looser', compareTypes(older.ofType, newer));
  if (isNonNullType(newer)) return combine('tighter', compareTypes(older, newer.ofType));
  if (isListType(older) && isListType(newer)) return compareTypes(older.ofType, newer.ofType);
  if (isListType(older) || isListType(newer)) return 'other';
  return older.name === newer.name ? 'same' : 'other';
}

function combine(outer: TypeComparison, inner: TypeComparison): TypeComparison {
  return inner === 'same' || inner === outer ? outer : 'other';
}
