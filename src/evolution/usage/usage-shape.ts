import { createHash } from 'node:crypto';
import type { UsedCoordinates } from './collect-coordinates.ts';
import { OTHERS } from './usage-names.ts';

/** What operations have in common that are counted together. */
export interface UsageShape {
  /** SHA-256 of all the others, in hexadecimal. */
  readonly id: string;
  readonly version: string;
  /** Whether it came by the version's own path. */
  readonly pinned: boolean;
  readonly operation: string;
  readonly used: UsedCoordinates;
}

/** Finds the shape of an operation, and what is kept of it where there is no room for all of it. */
export interface ShapeSource {
  find(operation: Omit<UsageShape, 'id'>): UsageShape;
  /** One shape for each deprecated coordinate of a shape, without the operation's name: there are only so many of them. */
  cut(shape: UsageShape): readonly UsageShape[];
}

/** Hashes a set of coordinates once, as long as it is one and the same object. */
export function createShapeSource(isDeprecated: (coordinate: string) => boolean): ShapeSource {
  const known = new WeakMap<UsedCoordinates, UsageShape[]>();
  const cuts = new Map<string, UsageShape>();

  const cutTo = ({ version, pinned }: UsageShape, kind: keyof UsedCoordinates, coordinate: string) => {
    const key = `${version}\n${pinned}\n${kind}\n${coordinate}`;
    let shape = cuts.get(key);
    if (shape === undefined) {
      const used = { explicit: [], defaulted: [], [kind]: [coordinate] };
      cuts.set(key, (shape = createShape({ version, pinned, operation: OTHERS, used })));
    }
    return shape;
  };

  return {
    find({ version, pinned, operation, used }) {
      let shapes = known.get(used);
      if (shapes === undefined) known.set(used, (shapes = []));
      let shape = shapes.find((each) => each.operation === operation && each.version === version && each.pinned === pinned);
      if (shape === undefined) {
        shape = createShape({ version, pinned, operation, used });
        // What uses nothing is one object for all operations of all clients.
        if (shapes.length < MOST_NAMES) shapes.push(shape);
      }
      return shape;
    },
    cut: (shape) =>
      (['explicit', 'defaulted'] as const).flatMap((kind) =>
        shape.used[kind].filter(isDeprecated).map((coordinate) => cutTo(shape, kind, coordinate)),
      ),
  };
}

/** Of the same coordinates, shapes that are remembered: an operation's coordinates nearly always have one name and version. */
const MOST_NAMES = 16;

function createShape(shape: Omit<UsageShape, 'id'>): UsageShape {
  const { version, pinned, operation, used } = shape;
  // What is not pinned has the hash that it had before anything was.
  const hashed = [version, operation, used.explicit, used.defaulted, ...(pinned ? ['pinned'] : [])];
  return { ...shape, id: createHash('sha256').update(JSON.stringify(hashed)).digest('hex') };
}
