import type { MeasuredServer } from './measured-server.ts';
import { SIDES, type Side } from './protocol.ts';
import { sendRequests, type Target } from './send-requests.ts';

/** What a side did in a round. */
export interface SideFigures {
  readonly requestsPerSecond: number;
  /** Of the server's process, the storing of what it recorded included. */
  readonly cpuMicroseconds: number;
}

/** What recording takes of a side that records, by its profile; each 0 to 1, of the time that the process is busy. */
export interface RecordingShares {
  /** Before an answer is sent. */
  readonly observing: number;
  /** Afterwards, when it is stored. */
  readonly storing: number;
}

export type Round = Readonly<Record<Side, SideFigures>> & { readonly shares: RecordingShares };

/** A round of a side lasts as long as a server waits between two flushes, in slices by turns with the others. */
const ROUND_MS = 5_000;
const SLICES = 12;
const SLICE_MS = ROUND_MS / SLICES;
const WARM_UP_MS = 2_000;

/** Every order in which the sides can take turns: none comes after the same one always. */
export const ORDERS: readonly (readonly Side[])[] = SIDES.flatMap((first) =>
  SIDES.filter((second) => second !== first).map((second) => [first, second, ...SIDES.filter((side) => side !== first && side !== second)]),
);

/** Measures the sides of one server by turns. In the last slice each side stores what it has recorded, while requests go on. */
export async function compareSides(
  server: MeasuredServer,
  { path, ...target }: Omit<Target, 'url'> & { readonly path: string },
): Promise<Round> {
  const send = (side: Side, milliseconds: number) => sendRequests({ ...target, url: `${server.urls[side]}${path}` }, milliseconds);
  for (const side of SIDES) {
    await send(side, WARM_UP_MS);
    // The first time it connects, compiles its statements and clears away; and what is from before the round is none of its cost.
    await server.ask({ flush: side });
  }
  const spent = Object.fromEntries(SIDES.map((side) => [side, { requests: 0, milliseconds: 0, cpu: 0 }]));
  for (let slice = 0; slice < SLICES; slice++)
    for (const side of ORDERS[slice % ORDERS.length]!) {
      const sums = spent[side]!;
      const [{ cpu }, start] = [await server.ask(), performance.now()];
      const stored = slice === SLICES - 1 ? server.ask({ flush: side }) : undefined;
      sums.requests += await send(side, SLICE_MS);
      await stored;
      sums.milliseconds += performance.now() - start;
      sums.cpu += (await server.ask()).cpu - cpu;
    }
  const figures = Object.entries(spent).map(([side, { requests, milliseconds, cpu }]) => [
    side,
    { requestsPerSecond: (requests / milliseconds) * 1_000, cpuMicroseconds: cpu / requests },
  ]);
  return {
    ...(Object.fromEntries(figures) as Record<Side, SideFigures>),
    shares: await profileRecording(server, (ms) => send('recording', ms)),
  };
}

/** Profiles a side that records for as long as a server waits between two flushes, and then has it store that, while nothing else goes on. */
async function profileRecording(server: MeasuredServer, send: (milliseconds: number) => Promise<number>): Promise<RecordingShares> {
  await server.ask({ flush: 'recording' });
  const start = await server.ask({ profile: 'start' });
  await send(ROUND_MS);
  const end = await server.ask({ profile: 'stop' });
  const before = await server.ask();
  const after = await server.ask({ flush: 'recording' });
  return { observing: end.recordingShare!, storing: (after.cpu - before.cpu) / (end.cpu - start.cpu) };
}
