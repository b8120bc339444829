import type { MeasuredServer } from './measured-server.ts';
import { SIDES, type Side } from './protocol.ts';
import { sendRequests, type Target } from './send-requests.ts';

/** What a side did in a round. */
export interface SideFigures {
  readonly requestsPerSecond: number;
  /** Of the server's process, the storing of what it recorded included. */
  readonly cpuMicroseconds: number;
}

export type Round = Readonly<Record<Side, SideFigures>>;

/** A round of a side lasts as long as a server waits between two flushes, in slices by turns with the others. */
const SLICES = 12;
const SLICE_MS = 5_000 / SLICES;
const WARM_UP_MS = 1_000;

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
  for (const side of SIDES) await send(side, WARM_UP_MS);
  const spent = Object.fromEntries(SIDES.map((side) => [side, { requests: 0, milliseconds: 0, cpu: 0 }]));
  for (let slice = 0; slice < SLICES; slice++)
    for (const side of ORDERS[slice % ORDERS.length]!) {
      const sums = spent[side]!;
      const [cpu, start] = [await server.readCpu(), performance.now()];
      const stored = slice === SLICES - 1 ? server.readCpu(side) : undefined;
      sums.requests += await send(side, SLICE_MS);
      await stored;
      sums.milliseconds += performance.now() - start;
      sums.cpu += (await server.readCpu()) - cpu;
    }
  const figures = Object.entries(spent).map(([side, { requests, milliseconds, cpu }]) => [
    side,
    { requestsPerSecond: (requests / milliseconds) * 1_000, cpuMicroseconds: cpu / requests },
  ]);
  return Object.fromEntries(figures) as Round;
}
