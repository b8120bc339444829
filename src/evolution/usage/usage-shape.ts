import { createHash } from 'node:crypto';
import type { UsedCoordinates } from './collect-coordinates.ts';
import { OTHERS } from './usage-names.ts';

/** What operations have in common that are counted together. */
export interface UsageShape {
  /** SHA-256 of all the others, in hexadecimal. */
  readonly id: string;
  readonly version: string;
  readonly operation: string;
  readonly used: UsedCoordinates;
}

/** Finds the shape of an operation, and what is kept of it where there is no room for all of it. */
export interface ShapeSource {
  find(version: string, operation: string, used: UsedCoordinates): UsageShape;
  /** One shape for each deprecated coordinate of a shape, without the operation's name: there are only so many of them. */
  cut(shape: UsageShape): readonly UsageShape[];
}

/** Hashes a set of coordinates once, as long as it is one and the same object. */
export function createShapeSource(isDeprecated: (coordinate: string) => boolean): ShapeSource {
  const known = new WeakMap<UsedCoordinates, UsageShape[]>();
  const cuts = new Map<string, UsageShape>();

  const cutTo = (version: string, kind: keyof UsedCoordinates, coordinate: string) => {
    const key = `${version}\n${kind}\n${coordinate}`;
    let shape = cuts.get(key);
    if (shape === undefined) cuts.set(key, (shape = createShape(version, OTHERS, { explicit: [], defaulted: [], [kind]: [coordinate] })));
    return shape;
  };

  return {
    find(version, operation, used) {
      let shapes = known.get(used);
      if (shapes === undefined) known.set(used, (shapes = []));
      let shape = shapes.find((each) => each.operation === operation && each.version === version);
      if (shape === undefined) {
        shape = createShape(version, operation, used);
        // What uses nothing is one object for all operations of all clients.
        if (shapes.length < MOST_NAMES) shapes.push(shape);
      }
      return shape;
    },
    cut: ({ version, used }) =>
      (['explicit', 'defaulted'] as const).flatMap((kind) =>
        used[kind].filter(isDeprecated).map((coordinate) => cutTo(version, kind, coordinate)),
      ),
  };
}

/** Of the same coordinates, shapes that are remembered: an operation's coordinates nearly always have one name and version. */
const MOST_NAMES = 16;

function createShape(version: string, operation: string, used: UsedCoordinates): UsageShape {
  const id = createHash('sha256')
    .update(JSON.stringify([version, operation, used.explicit, used.defaulted]))
    .digest('hex');
  return { id, version, operation, used };
}
