import { LRUCache } from 'lru-cache';
import type { Statement } from '../database/read-beginnings.ts';
import type { Choice } from './choice.ts';
import type { ChoiceType } from './choice-field.ts';

/** How many tenants are known, how many answers there are of one and of all: an answer is a choice, or that there is none. */
const MOST_TENANTS = 10_000;
const MOST_ANSWERS = 200_000;
const MOST_ANSWERS_OF_ONE = 20_000;
/** What leaves no entry in the audit is known for so long at most, in milliseconds. */
const KNOWN_FOR = 60_000;

/** By what a choice is found. */
export type ChoiceName = 'id' | 'legacyValue';

/** What is known of a tenant's choices of one type, all of it of one state. */
export interface KnownChoices {
  /** Null where there is none, undefined where nobody knows. */
  find(by: ChoiceName, name: string): Choice | null | undefined;
  /** Takes what was read at that state. */
  remember(by: ChoiceName, name: string, choice: Choice | null): void;
}

/** What requests have read of their tenants' choices, for requests after them that find these in the same state. */
export interface ChoiceCache {
  /** What is known of a tenant's choices at a stamp. Undefined where somebody has seen a later one: what was known at this one is gone. */
  open(tenantId: string, stamp: number, type: ChoiceType): KnownChoices | undefined;
  /** Whether anything is known of a tenant's choices of a type, at any stamp. */
  knows(tenantId: string, type: ChoiceType): boolean;
  /** How many tenants and answers there are. */
  count(): { readonly tenants: number; readonly answers: number };
}

/**
 * The statement that answers the state of a tenant's choices as its transaction sees it, as one number: the tenant's latest
 * entry in the audit. Whoever changes a choice or an alias adds an entry in the same transaction, and holds the tenant's chain until that
 * ends: no two states have one number, and a later state has a higher one.
 */
export function selectStamp(tenantId: string): Statement {
  return { text: 'SELECT public.choice_stamp($1)', values: [tenantId] };
}

type KnownByName = Readonly<Record<ChoiceName, Map<string, Choice | null>>>;

interface TenantEntry {
  readonly stamp: number;
  readonly until: number;
  readonly types: Map<ChoiceType, KnownByName>;
  answers: number;
  evicted: boolean;
}

/** `now`: a clock in milliseconds. */
export function createChoiceCache(now: () => number = () => performance.now()): ChoiceCache {
  let answers = 0;
  const tenants = new LRUCache<string, TenantEntry>({
    max: MOST_TENANTS,
    dispose: (entry) => {
      entry.evicted = true;
      answers -= entry.answers;
    },
  });

  const enter = (tenantId: string, stamp: number): TenantEntry | undefined => {
    const entry = tenants.get(tenantId);
    if (entry !== undefined && now() < entry.until && stamp <= entry.stamp) return stamp === entry.stamp ? entry : undefined;
    const begun: TenantEntry = { stamp, until: now() + KNOWN_FOR, types: new Map(), answers: 0, evicted: false };
    tenants.set(tenantId, begun);
    return begun;
  };

  const remember = (entry: TenantEntry, names: Map<string, Choice | null>, name: string, choice: Choice | null) => {
    if (entry.evicted || names.has(name) || entry.answers >= MOST_ANSWERS_OF_ONE) return;
    names.set(name, choice);
    entry.answers += 1;
    answers += 1;
    while (answers > MOST_ANSWERS) tenants.pop();
  };

  return {
    open: (tenantId, stamp, type) => {
      const entry = enter(tenantId, stamp);
      if (entry === undefined) return undefined;
      const known: KnownByName = entry.types.get(type) ?? { id: new Map(), legacyValue: new Map() };
      entry.types.set(type, known);
      return {
        find: (by, name) => known[by].get(name),
        remember: (by, name, choice) => remember(entry, known[by], name, choice),
      };
    },
    knows: (tenantId, type) => tenants.peek(tenantId)?.types.has(type) ?? false,
    count: () => ({ tenants: tenants.size, answers }),
  };
}
