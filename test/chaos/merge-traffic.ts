import { setTimeout as delay } from 'node:timers/promises';
import type { Answer, MergeWorld } from './merge-world.ts';

const PAUSE_MS = 5;
const UPDATE = 'mutation ($id: ID!, $input: UpdateLeadInput!) { updateLead(id: $id, input: $input) { lead { id } } }';
const OBSERVE = `{
  loser: leads(filter: { industryRef: { key: ["finance"] } }, first: 20) { totalCount edges { node { industryRef { key } } } }
  survivor: leads(filter: { industryRef: { key: ["tech"] } }, first: 20) { totalCount edges { node { industryRef { key } } } }
}`;

/** Writers of the loser and the survivor by turns, each on rows of its own: a client of the old API, one of the new, and one behind the API. */
export interface MergeWriters {
  readonly written: number;
  readonly refused: readonly string[];
  /** From now on all write the loser's string. Resolves once every row of theirs has it. */
  settleDown(): Promise<void>;
  stop(): Promise<void>;
}

export function startMergeWriters(world: MergeWorld, seed: number): MergeWriters {
  const refused: string[] = [];
  let written = 0;
  let running = true;
  /** Rows that were given the loser's string since it is to be the only one. */
  let settled: Set<string> | undefined;
  const legacy = (id: string, key: string) => ask(id, { industry: key }, '/2026-01');
  const ask = async (...[id, input, version]: [string, object, string]) => toResult(await world.ask(UPDATE, { id, input }, version));
  const raw = (id: string, key: string) =>
    world.query('UPDATE lead SET industry = $1 WHERE id = $2', key, id).then(
      () => true,
      (error: unknown) => String(error),
    );
  const kinds = [legacy, (id: string, key: string) => ask(id, { industryRef: { key } }, ''), raw];
  const work = world.writersRows.map(async (rows, kind) => {
    for (let n = seed; running; n++) {
      const id = rows[n % rows.length]!;
      const into = settled;
      // A ref to the survivor is one that the row has: no string would change.
      const write = into && kind === 1 ? legacy : kinds[kind]!;
      const result = await write(id, into || (n + Math.floor(n / rows.length)) % 2 === 0 ? 'finance' : 'tech');
      if (typeof result === 'string') refused.push(result);
      if (result === true) {
        written += 1;
        into?.add(id);
      }
      await delay(PAUSE_MS);
    }
  });
  return {
    get written() {
      return written;
    },
    refused,
    settleDown: () => {
      const into = (settled = new Set());
      return world.until('the writers write the string of the loser', () => into.size === world.writersRows.flat().length);
    },
    stop: async () => {
      running = false;
      await Promise.all(work);
    },
  };
}

/** True: written. A string: refused, and why. undefined: nobody answered. */
function toResult(answer: Answer | undefined): true | string | undefined {
  return answer?.errors ? JSON.stringify(answer.errors) : answer && true;
}

/** What observers saw of a merge: all as it was before or all as it is after it, and nothing else. */
export interface MergeObservations {
  before: number;
  after: number;
  readonly halfMerged: string[];
  readonly refused: string[];
  /** The longest that an observer was without an answer, in milliseconds. */
  longestGapMs: number;
  /** The longest while the server was killed and replaced. */
  longestGapOfKillMs: number;
}

export interface MergeObservers {
  readonly seen: Readonly<MergeObservations>;
  stop(): Promise<void>;
}

export function startMergeObservers(world: MergeWorld, count: number): MergeObservers {
  const seen: MergeObservations = { before: 0, after: 0, halfMerged: [], refused: [], longestGapMs: 0, longestGapOfKillMs: 0 };
  let running = true;
  const work = Array.from({ length: count }, async () => {
    let isMerged = false;
    let last = { at: performance.now(), kills: world.kills };
    while (running) {
      const { leads } = world;
      const answer = await world.ask(OBSERVE);
      if (answer) {
        const now = { at: performance.now(), kills: world.kills };
        const gap = now.kills === last.kills ? 'longestGapMs' : 'longestGapOfKillMs';
        seen[gap] = Math.max(seen[gap], now.at - last.at);
        last = now;
        if (answer.errors) seen.refused.push(JSON.stringify(answer.errors));
        else {
          const { loser, survivor } = readParts(answer);
          const state = judge(loser, survivor, leads);
          isMerged ||= state === 'after';
          if (state === (isMerged ? 'after' : 'before')) seen[state] += 1;
          else seen.halfMerged.push(`half merged: ${JSON.stringify({ isMerged, leads, loser, survivor })}`);
        }
      }
      await delay(PAUSE_MS);
    }
  });
  return {
    seen,
    stop: async () => {
      running = false;
      await Promise.all(work);
    },
  };
}

interface Part {
  readonly total: number;
  /** The choices that the records answer. */
  readonly keys: string;
}

function readParts({ data }: Answer): { loser: Part; survivor: Part } {
  const read = ({ totalCount, edges }: { totalCount: number; edges: { node: { industryRef: { key: string } } }[] }): Part => ({
    total: totalCount,
    keys: [...new Set(edges.map(({ node }) => node.industryRef.key))].join(),
  });
  return { loser: read(data.loser), survivor: read(data.survivor) };
}

/** Before: each lead has the one choice or the other. After: both keys find them all, and all answer the survivor. */
function judge(loser: Part, survivor: Part, leads: number): 'before' | 'after' | undefined {
  if (loser.keys === 'tech' && survivor.keys === 'tech') return loser.total === leads && survivor.total === leads ? 'after' : undefined;
  const isApart = loser.keys === 'finance' && ['tech', ''].includes(survivor.keys) && loser.total + survivor.total === leads;
  return isApart ? 'before' : undefined;
}
