import type { RemovalStore } from '../../../src/evolution/removal/removal-store.ts';

/** A store whose clock says `now`, and whose records lie as far behind it as those of the store behind its own clock. */
export function moveStore(store: RemovalStore, now: Date): RemovalStore {
  return {
    read: (work) =>
      store.read((records) => {
        const span = now.getTime() - records.now.getTime();
        const back = (time: Date) => new Date(time.getTime() - span);
        const forth = (time: Date) => new Date(time.getTime() + span);
        return work({
          now,
          readUse: async (coordinates, since, tenant) =>
            (await records.readUse(coordinates, back(since), tenant)).map((use) => ({ ...use, lastSeen: forth(use.lastSeen) })),
          countUse: (coordinates, since) => records.countUse(coordinates, back(since)),
          readRegisteredUse: (coordinates, since) => records.readRegisteredUse(coordinates, back(since)),
          readCollection: async (since) => {
            const collection = await records.readCollection(back(since));
            return {
              ...collection,
              since: collection.since && forth(collection.since),
              keptSince: collection.keptSince && forth(collection.keptSince),
              gaps: collection.gaps.map((gap) => ({ ...gap, from: forth(gap.from), to: forth(gap.to) })),
            };
          },
        });
      }),
  };
}
