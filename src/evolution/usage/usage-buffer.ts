import { createClientNames, isUnnamed, OTHER_CLIENTS } from './client-names.ts';
import type { ClientNames, UsageClient } from './client-names.ts';
import type { UsedCoordinates } from './collect-coordinates.ts';
import { tidyName, tidyOperation, tidyTenant } from './usage-names.ts';
import { createShapeSource } from './usage-shape.ts';
import type { UsageShape } from './usage-shape.ts';

/** One operation that somebody had executed. */
export interface OperationUse {
  readonly version: string;
  /** `''` for one without a name. */
  readonly operation: string;
  /** What the client calls itself; `''` where it does not. */
  readonly client: string;
  readonly clientVersion: string;
  /** Of the principal; null for a platform operator. */
  readonly tenantId: string | null;
  readonly used: UsedCoordinates;
}

/** Uses that were counted together. Times are milliseconds since 1970. */
export interface UsageRow extends UsageClient {
  readonly hour: number;
  readonly shape: UsageShape;
  readonly tenantId: string | null;
  count: number;
  lastSeen: number;
}

/** What was recorded in an hour: operations, those of unnamed clients, those not kept with all that they used. */
export interface HourFigures {
  operations: number;
  unnamed: number;
  lost: number;
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
}

export const usageLimits: UsageLimits = { rows: 100_000, reservedRows: 10_000, shapes: 10_000, coordinates: 1_000_000, clients: 1_000 };

/** What was taken out of a buffer. */
export interface UsageContent {
  readonly rows: readonly UsageRow[];
  readonly figures: ReadonlyMap<number, HourFigures>;
}

export interface UsageBuffer {
  /** Counts a use: a few microseconds, whatever else goes on. What throws is counted as lost before. */
  record(use: OperationUse): void;
  /** Empties it. The rows count as held until they are released. */
  take(): UsageContent;
  release(rows: number): void;
  /** Since the start: operations, and those that were not kept with all that they used; and the rows that are held now. */
  statistics(): { readonly operations: number; readonly lost: number; readonly held: number };
}

const HOUR_MS = 3_600_000;

/**
 * Counts uses by hour, shape, client and tenant. Where there is no room for one, it counts as lost, but each deprecated
 * coordinate that it used is still counted, at the least by hour and version.
 */
export function createUsageBuffer(isDeprecated: (coordinate: string) => boolean, limits: UsageLimits, now: () => number): UsageBuffer {
  const shapes = createShapeSource(isDeprecated);
  let rows = new Map<string, UsageRow>();
  let figures = new Map<number, HourFigures>();
  let hour = startHour(0, limits);
  let taken = 0;
  const total = { operations: 0, lost: 0 };

  const keep = (use: OperationUse, at: number, client: UsageClient, counts: HourFigures) => {
    const shape = shapes.find(tidyName(use.version), tidyOperation(use.operation), use.used);
    const tenantId = tidyTenant(use.tenantId);
    if (hasRoomFor(hour, shape, limits) && count(at, shape, client, tenantId, limits.rows)) return;
    counts.lost += 1;
    total.lost += 1;
    for (const cut of shapes.cut(shape))
      if (!count(at, cut, client, tenantId, limits.rows + limits.reservedRows)) count(at, cut, OTHER_CLIENTS, null, Infinity);
  };

  const count = (at: number, shape: UsageShape, { client, clientVersion }: UsageClient, tenantId: string | null, most: number) => {
    // None of the parts has a line break in it.
    const key = `${hour.start}\n${shape.id}\n${client}\n${clientVersion}\n${tenantId}`;
    const row = rows.get(key);
    if (row !== undefined) {
      row.count += 1;
      if (at > row.lastSeen) row.lastSeen = at;
    } else {
      if (rows.size + taken >= most) return false;
      rows.set(key, { hour: hour.start, shape, client, clientVersion, tenantId, count: 1, lastSeen: at });
    }
    return true;
  };

  return {
    record(use) {
      const at = now();
      const start = at - (at % HOUR_MS);
      if (start !== hour.start) hour = startHour(start, limits);
      let counts = figures.get(start);
      if (counts === undefined) figures.set(start, (counts = { operations: 0, unnamed: 0, lost: 0 }));
      counts.operations += 1;
      total.operations += 1;
      try {
        const client = hour.clients(use.client, use.clientVersion);
        if (isUnnamed(client)) counts.unnamed += 1;
        keep(use, at, client, counts);
      } catch (error) {
        counts.lost += 1;
        total.lost += 1;
        throw error;
      }
    },
    take() {
      const content = { rows: [...rows.values()], figures };
      taken += rows.size;
      rows = new Map();
      figures = new Map();
      return content;
    },
    release: (released) => void (taken -= released),
    statistics: () => ({ ...total, held: rows.size + taken }),
  };
}

/** What an hour has room for. */
interface Hour {
  readonly start: number;
  readonly clients: ClientNames;
  readonly shapes: Set<string>;
  coordinates: number;
}

function startHour(start: number, limits: UsageLimits): Hour {
  return { start, clients: createClientNames(limits.clients), shapes: new Set(), coordinates: 0 };
}

function hasRoomFor(hour: Hour, { id, used }: UsageShape, limits: UsageLimits): boolean {
  if (hour.shapes.has(id)) return true;
  const coordinates = hour.coordinates + used.explicit.length + used.defaulted.length;
  if (hour.shapes.size >= limits.shapes || coordinates > limits.coordinates) return false;
  hour.shapes.add(id);
  hour.coordinates = coordinates;
  return true;
}
