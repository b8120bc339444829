import type { ChoiceRules } from './rules.ts';

/** One request's hold on the rules that it works by, from its beginning to its end. */
export interface RulesLease {
  readonly rules: ChoiceRules;
  /** The request has ended: nothing is read or written by these rules any more on its behalf. Safe to call more than once. */
  end(): void;
}

/** Where requests get their rules. */
export interface RulesSource {
  /** The rules as they are now, for a request that begins. */
  begin(): Promise<RulesLease>;
}
