import { setImmediate as breathe } from 'node:timers/promises';

/** Works on some items at a time, before others have their turn; answers the results of all, in order. */
export async function workInTurns<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => readonly Result[],
): Promise<Result[]> {
  const results: Result[] = [];
  for (const [index, item] of items.entries()) {
    if (index > 0 && index % atOnce === 0) await breathe();
    for (const result of work(item)) results.push(result);
  }
  return results;
}
