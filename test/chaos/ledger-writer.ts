import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { type ChaosWorld, isPassing } from './chaos-world.ts';

/** How a writer writes: as a client of the old API, as one of the new, or behind the API's back. */
export type WriterKind = 'legacy API' | 'new API' | 'raw SQL';

/** What a writer was told that it has written: a record's id, and the string it has to answer. */
export type Ledger = ReadonlyMap<string, string>;

/** A writer at work on rows that are its own. */
export interface LedgerWriter {
  readonly kind: WriterKind;
  readonly ledger: Ledger;
  readonly acknowledged: number;
  /** Lets it finish what it is at, and waits for that. Rejects with what refused a write. */
  stop(): Promise<void>;
}

const KEYS = ['tech', 'finance', 'healthcare', 'education', 'retail'];
/** What only a raw writer can bring in: an alias, and a value that no choice has. */
const RAW_VALUES = [...KEYS, 'Technology', 'Mystery'];
const PAUSE_MS = 15;

/**
 * Starts to write: a value at a time, and each again and again until the write is acknowledged, so that what the ledger says is
 * what the row must hold, whatever was killed in between.
 */
export function startLedgerWriter(world: ChaosWorld, kind: WriterKind, ids: readonly string[]): LedgerWriter {
  const write = WRITES[kind](world);
  const values = kind === 'raw SQL' ? RAW_VALUES : KEYS;
  const ledger = new Map<string, string>();
  let acknowledged = 0;
  let running = true;
  const work = (async () => {
    for (let n = 0; running; n++) {
      const id = ids[n % ids.length]!;
      const value = values[(n + Math.floor(n / ids.length)) % values.length]!;
      while (!(await write.attempt(id, value))) await delay(PAUSE_MS, undefined, { signal: world.stopped });
      ledger.set(id, value);
      acknowledged += 1;
      await delay(PAUSE_MS);
    }
    await write.end();
  })();
  // Told by `stop`; until then others write on.
  work.catch(() => undefined);
  return {
    kind,
    ledger,
    get acknowledged() {
      return acknowledged;
    },
    stop: async () => {
      running = false;
      await work;
    },
  };
}

interface Writing {
  /** True once the write was acknowledged. @throws where it was refused: nothing that was killed may bring that about. */
  attempt(id: string, value: string): Promise<boolean>;
  end(): Promise<void>;
}

const WRITES: Readonly<Record<WriterKind, (world: ChaosWorld) => Writing>> = {
  'legacy API': (world) => ({
    attempt: (id, value) => send(world, '/2026-01', { id, input: { industry: value } }),
    end: () => Promise.resolve(),
  }),
  'new API': (world) => ({
    attempt: (id, value) => send(world, '', { id, input: { industryRef: { key: value } } }),
    end: () => Promise.resolve(),
  }),
  'raw SQL': (world) => {
    let client: pg.Client | undefined;
    return {
      attempt: async (id, value) => {
        try {
          client ??= await world.connect('chaos billing');
          await client.query('UPDATE lead SET industry = $1 WHERE id = $2', [value, id]);
          return true;
        } catch (error) {
          await client?.end().catch(() => undefined);
          client = undefined;
          if (!isPassing(error)) throw error;
          return false;
        }
      },
      end: async () => client?.end(),
    };
  },
};

const MUTATION = 'mutation ($id: ID!, $input: UpdateLeadInput!) { updateLead(id: $id, input: $input) { lead { id industry } } }';
/** What a client may be told while the database comes back: all of it says "nobody knows" or "try again". */
const PASSING = new Set(['INTERNAL_SERVER_ERROR', 'CONFLICT', 'LIMIT_EXCEEDED']);

async function send(world: ChaosWorld, version: string, variables: object): Promise<boolean> {
  let body: {
    data?: { updateLead?: { lead?: { id: string } } | null } | null;
    errors?: { message: string; extensions?: { code?: string } }[];
  };
  try {
    const response = await fetch(`${world.url}${version}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${world.token}` },
      body: JSON.stringify({ query: MUTATION, variables }),
      signal: AbortSignal.timeout(20_000),
    });
    body = (await response.json()) as typeof body;
  } catch {
    return false;
  }
  const refused = body.errors?.find((error) => !PASSING.has(error.extensions?.code ?? ''));
  if (refused) throw new Error(`a write was refused: ${JSON.stringify(refused)}`);
  return body.data?.updateLead?.lead?.id !== undefined;
}
