import type { ChoiceRules } from './rules.ts';
import type { RulesLease, RulesSource } from './rules-source.ts';

/** The rules that one request works by. */
export interface HeldRules {
  /** The same from the request's beginning to its end, but for what is done aside. */
  readonly rules: ChoiceRules;
  /**
   * Runs what changes rules and waits for whoever works by older ones, this request included: meanwhile it holds none. Answers what
   * the work came to; where the rules of then cannot be read, whoever asks for them next is told why.
   */
  aside<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Safe to call more than once, and while work is done aside. */
  end(): void;
}

export async function holdRules(source: RulesSource): Promise<HeldRules> {
  let lease: RulesLease = await source.begin();
  let ended = false;
  return {
    rules: {
      get revision() {
        return lease.rules.revision;
      },
      storage: (field) => lease.rules.storage(field),
      readsRefAlone: (field, tenantId) => lease.rules.readsRefAlone(field, tenantId),
    },
    aside: async (work) => {
      lease.end();
      try {
        return await work();
      } finally {
        lease = await source.begin().catch(holdNothing);
        // Nobody is left to end it.
        if (ended) lease.end();
      }
    },
    end: () => {
      ended = true;
      lease.end();
    },
  };
}

/** In the place of rules that cannot be read. */
function holdNothing(reason: unknown): RulesLease {
  return {
    get rules(): never {
      throw reason;
    },
    end: () => undefined,
  };
}
