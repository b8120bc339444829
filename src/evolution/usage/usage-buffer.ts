import { createClientNames, isUnnamed, OTHER_CLIENTS } from './client-names.ts';
import type { ClientNames, UsageClient } from './client-names.ts';
import type { UsedCoordinates } from './collect-coordinates.ts';
import { createSharedRoom } from './shared-room.ts';
import type { SharedRoom } from './shared-room.ts';
import type { UsageClock } from './usage-clock.ts';
import { tidyOperation, tidyTenant } from './usage-names.ts';
import { createShapeSource } from './usage-shape.ts';
import type { UsageShape } from './usage-shape.ts';

/** One operation that somebody had executed. */
export interface OperationUse {
  readonly version: string;
  /** Whether the request came by the version's own path (`/graphql/2026-11`): it means this version, whichever is the current one. */
  readonly pinned: boolean;
  /** `''` for one without a name. */
  readonly operation: string;
  /** What the client calls itself; `''` where it does not. */
  readonly client: string;
  readonly clientVersion: string;
  /** Of the principal; null for a platform operator. */
  readonly tenantId: string | null;
  readonly used: UsedCoordinates;
}

/** Uses that were counted together, within an hour. Moments are those of the buffer's clock. */
export interface UsageRow extends UsageClient {
  readonly shape: UsageShape;
  readonly tenantId: string | null;
  count: number;
  lastSeen: number;
}

/** What was recorded in an hour: operations, those of unnamed clients, those not kept with all that they used; and when the last came. */
export interface HourFigures {
  operations: number;
  unnamed: number;
  lost: number;
  lastSeen: number;
}

/** How much may be held. */
export interface UsageLimits {
  /** Rows that are held, those that wait to be stored included. */
  readonly rows: number;
  /** Further rows, for what is deprecated: past them it is kept without client and tenant. */
  readonly reservedRows: number;
  /** Distinct shapes in an hour, and the sum of their coordinates. */
  readonly shapes: number;
  readonly coordinates: number;
  /** Distinct pairs of client and version in an hour. */
  readonly clients: number;
  /** Of each of these, the share that one tenant may bring in, 0 to 1. */
  readonly tenantShare: number;
}

export const usageLimits: UsageLimits = {
  rows: 100_000,
  reservedRows: 10_000,
  shapes: 20_000,
  coordinates: 2_000_000,
  clients: 2_000,
  tenantShare: 0.1,
};

/** What was taken out of a buffer. */
export interface UsageContent {
  readonly rows: readonly UsageRow[];
  /** One for each hour. */
  readonly figures: readonly HourFigures[];
}

export interface UsageBuffer {
  /** Counts a use: a few microseconds, whatever else goes on. What throws is counted as lost before. */
  record(use: OperationUse): void;
  /** Counts an operation of which nobody can say what it used. */
  recordLost(): void;
  /** Empties it. The rows count as held until they are released. */
  take(): UsageContent;
  release(rows: number): void;
  /** Since the start: operations, and those that were not kept with all that they used; and the rows that are held now. */
  statistics(): { readonly operations: number; readonly lost: number; readonly held: number };
}

/**
 * Counts uses by hour, shape, client and tenant. Where there is no room for one, it counts as lost, but each deprecated
 * coordinate that it used is still counted, at the least by hour and version.
 */
export function createUsageBuffer(isDeprecated: (coordinate: string) => boolean, limits: UsageLimits, clock: UsageClock): UsageBuffer {
  const shapes = createShapeSource(isDeprecated);
  let held = createHeldRows(limits);
  let figures = new Map<number, HourFigures>();
  let hour = startHour(NaN, limits);
  let taken = 0;
  const total = { operations: 0, lost: 0 };

  const begin = (at: number): HourFigures => {
    const number = clock.hourOf(at);
    if (number !== hour.number) {
      hour = startHour(number, limits);
      held.ofHour.clear();
    }
    let counts = figures.get(number);
    if (counts === undefined) figures.set(number, (counts = { operations: 0, unnamed: 0, lost: 0, lastSeen: at }));
    counts.operations += 1;
    counts.lastSeen = at;
    total.operations += 1;
    return counts;
  };
  const lose = (counts: HourFigures) => {
    counts.lost += 1;
    total.lost += 1;
  };

  const keep = (use: OperationUse, at: number, counts: HourFigures) => {
    const { version, pinned, tenantId, used } = use;
    const client = hour.clients(use.client, use.clientVersion, tenantId);
    if (isUnnamed(client)) counts.unnamed += 1;
    const shape = shapes.find({ version, pinned, operation: tidyOperation(use.operation), used });
    if (hasRoomFor(hour, shape, tenantId) && count(at, shape, client, tenantId, limits.rows, held.room)) return;
    lose(counts);
    for (const cut of shapes.cut(shape))
      if (!count(at, cut, client, tenantId, limits.rows + limits.reservedRows, held.reservedRoom))
        count(at, cut, OTHER_CLIENTS, null, Infinity, undefined);
  };

  const count = (
    at: number,
    shape: UsageShape,
    client: UsageClient,
    tenantId: string | null,
    most: number,
    room: SharedRoom | undefined,
  ) => {
    const row = held.ofHour.get(client)?.get(shape.id)?.get(tenantId);
    if (row !== undefined) {
      row.count += 1;
      row.lastSeen = at;
    } else {
      if (held.rows.length + taken >= most || room?.take(tenantId, 1) === false) return false;
      const added = { shape, ...client, tenantId: tidyTenant(tenantId), count: 1, lastSeen: at };
      held.rows.push(added);
      findOrAdd(findOrAdd(held.ofHour, client), shape.id).set(tenantId, added);
    }
    return true;
  };

  return {
    record(use) {
      const at = clock.now();
      const counts = begin(at);
      try {
        keep(use, at, counts);
      } catch (error) {
        lose(counts);
        throw error;
      }
    },
    recordLost: () => lose(begin(clock.now())),
    take() {
      const content = { rows: held.rows, figures: [...figures.values()] };
      taken += content.rows.length;
      held = createHeldRows(limits);
      figures = new Map();
      return content;
    },
    release: (released) => void (taken -= released),
    statistics: () => ({ ...total, held: held.rows.length + taken }),
  };
}

/** Rows, and the room that tenants have for more. */
interface HeldRows {
  readonly rows: UsageRow[];
  /** Those of this hour: by the client, which is one object for all its uses, the id of the shape, and the tenant. */
  readonly ofHour: Map<UsageClient, Map<string, Map<string | null, UsageRow>>>;
  readonly room: SharedRoom;
  readonly reservedRoom: SharedRoom;
}

function createHeldRows({ rows, reservedRows, tenantShare }: UsageLimits): HeldRows {
  const [room, reservedRoom] = [createSharedRoom(rows, tenantShare), createSharedRoom(reservedRows, tenantShare)];
  return { rows: [], ofHour: new Map(), room, reservedRoom };
}

function findOrAdd<Key, InnerKey, Value>(maps: Map<Key, Map<InnerKey, Value>>, key: Key): Map<InnerKey, Value> {
  let found = maps.get(key);
  if (found === undefined) maps.set(key, (found = new Map<InnerKey, Value>()));
  return found;
}

/** What an hour has room for. */
interface Hour {
  readonly number: number;
  readonly clients: ClientNames;
  readonly shapes: Set<string>;
  readonly shapeRoom: SharedRoom;
  readonly coordinateRoom: SharedRoom;
}

function startHour(number: number, { clients, shapes, coordinates, tenantShare }: UsageLimits): Hour {
  return {
    number,
    clients: createClientNames(clients, tenantShare),
    shapes: new Set(),
    shapeRoom: createSharedRoom(shapes, tenantShare),
    coordinateRoom: createSharedRoom(coordinates, tenantShare),
  };
}

function hasRoomFor({ shapes, shapeRoom, coordinateRoom }: Hour, { id, used }: UsageShape, tenantId: string | null): boolean {
  if (shapes.has(id)) return true;
  if (!shapeRoom.has(tenantId, 1) || !coordinateRoom.take(tenantId, used.explicit.length + used.defaulted.length)) return false;
  shapeRoom.take(tenantId, 1);
  shapes.add(id);
  return true;
}
