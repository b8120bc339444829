import { setTimeout as delay } from 'node:timers/promises';
import { type Read, readThrough } from '../database/read.ts';
import { joinProcesses, type Membership } from './processes.ts';
import { type ChoiceRules, readRevision, readRules } from './rules.ts';
import type { RulesSource } from './rules-source.ts';
import { createWriteLatency } from './write-latency.ts';

/** Gives every request the rules of its moment, and tells the others since when no request works by older ones. */
export interface LiveRulesSource extends RulesSource {
  /** By which the others know this server. */
  readonly processId: string;
  /** Whether whoever changes the rules would wait for this server. */
  isJoined(): boolean;
  /** How long a write took that succeeded, in milliseconds: backfills hold while the writers of a server are slow. */
  recordWrite(milliseconds: number): void;
  close(): Promise<void>;
}

export interface RulesSourceOptions {
  /** What others call this server by. */
  readonly name: string;
  /** Reads as the owner, on any connection: for when the one of one's own is lost. */
  readonly read: Read;
  /** Told once why its heartbeats fail, until they succeed again. */
  readonly onLost?: (error: unknown) => void;
}

/** Rules that were current so long ago, in milliseconds, are read again before a request begins. */
const FRESH_MS = 5_000;

/** How long a request waits for the rules where they cannot be read, and how often it tries, in milliseconds. */
const WAIT_MS = 3_000;
const RETRY_EVERY_MS = 50;

/**
 * Joins the servers that run, on a direct connection, then reads the rules: in this order, so that whoever changes them either
 * finds this server and waits for it, or has been read. Follows every change from then on, within a heartbeat.
 * @throws what kept it from joining.
 */
export async function createRulesSource(url: string, { name, read, onLost }: RulesSourceOptions): Promise<LiveRulesSource> {
  const latency = createWriteLatency();
  /** Revision → how many requests work by it. */
  const running = new Map<number, number>();
  let current: ChoiceRules | undefined;
  let currentAt = -Infinity;
  let acknowledged = 0;
  let reading: Promise<void> | undefined;
  let isLost = (): boolean => false;

  /** One at a time, so that an older answer never follows a newer one. */
  const refresh = (through: Read): Promise<void> => {
    const readNow = async () => {
      const askedAt = performance.now();
      if (current?.revision !== (await readRevision(through))) current = await readRules(through);
      currentAt = askedAt;
      acknowledge();
    };
    return (reading ??= readNow().finally(() => (reading = undefined)));
  };
  const acknowledge = () => {
    const oldest = Math.min(current?.revision ?? 0, ...running.keys());
    if (oldest === acknowledged) return;
    acknowledged = oldest;
    // Whoever waits for it is not to wait for the next heartbeat.
    void membership.then(beatNow, () => undefined);
  };

  const membership = joinProcesses(url, {
    kind: 'server',
    name,
    readNews: () => {
      // What took its time while the database was gone is no sign of strain.
      if (isLost()) latency.forget();
      return { acknowledged, writeMilliseconds: latency.slowestTwentieth() };
    },
    onBeat: (db) => refresh(readThrough(db)),
    onLost,
  });
  const joined = await membership;
  isLost = () => !joined.isJoined();
  await beatNow(joined);

  return {
    begin: async () => {
      // While nobody can see this server, nobody waits for it: then every request asks.
      if (!joined.isJoined() || performance.now() - currentAt > FRESH_MS) await insist(() => refresh(read));
      const rules = current!;
      running.set(rules.revision, (running.get(rules.revision) ?? 0) + 1);
      let ended = false;
      return {
        rules,
        end: () => {
          if (ended) return;
          ended = true;
          const others = running.get(rules.revision)! - 1;
          if (others > 0) running.set(rules.revision, others);
          else running.delete(rules.revision);
          acknowledge();
        },
      };
    },
    processId: joined.id,
    isJoined: () => joined.isJoined(),
    recordWrite: (milliseconds) => latency.record(milliseconds),
    close: () => joined.leave(),
  };
}

/** A database that is started again is back in a moment: a request that begins meanwhile takes longer, and does not fail. */
async function insist(refresh: () => Promise<void>): Promise<void> {
  const givenUpAt = performance.now() + WAIT_MS;
  for (;;) {
    try {
      return await refresh();
    } catch (error) {
      if (performance.now() > givenUpAt) throw error;
      await delay(RETRY_EVERY_MS);
    }
  }
}

/** Where it fails, the next heartbeat says the same. */
function beatNow(membership: Membership): Promise<void> {
  return membership.beat().catch(() => undefined);
}
