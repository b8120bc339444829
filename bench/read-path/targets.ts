import { ratioOf, type Results } from './results.ts';
import { TARGET_OPERATION } from './operations.ts';

/** One line of design §11, and what came of it. */
export interface CheckedTarget {
  readonly what: string;
  readonly wanted: string;
  readonly got: string;
  readonly met: boolean;
}

/** How many times the requests a second of each server ours is to answer at least. */
const RATIOS: readonly (readonly [server: string, least: number])[] = [
  ['floor-json', 0.7],
  ['mercurius', 1.5],
  ['postgraphile', 2.5],
  ['stock', 8],
];

/** Of these the number of statements is to be the same: it grows neither with the page nor with the refs. */
const SAME_STATEMENTS = ['first-1', 'first-50', 'first-500', 'four-refs'];

/** What can be told by whom and what was measured. */
export function checkTargets(results: Results): readonly CheckedTarget[] {
  return [...checkRatios(results), ...checkStatements(results)];
}

function checkRatios(results: Results): readonly CheckedTarget[] {
  const operation = results.operations.find(({ name }) => name === TARGET_OPERATION);
  if (operation === undefined) return [];
  return RATIOS.flatMap(([name, least]) => {
    const server = results.servers.find((each) => each.name === name);
    if (server === undefined) return [];
    const { median, ...rounds } = ratioOf(results, operation.name, 'ours', name);
    return {
      what: `${operation.title}, requests/s, against ${server.title}`,
      wanted: `≥ ${least} ×`,
      got: `${median.toFixed(2)} × (${rounds.least.toFixed(2)} to ${rounds.most.toFixed(2)})`,
      met: median >= least,
    };
  });
}

function checkStatements({ operations }: Results): readonly CheckedTarget[] {
  const counted = operations.filter(({ name }) => SAME_STATEMENTS.includes(name));
  if (counted.length === 0) return [];
  const counts = counted.map(({ statements }) => statements.get('ours')!);
  return [
    {
      what: `statements, beside those that set the tenant: ${counted.map(({ title }) => title).join('; ')}`,
      wanted: '1',
      got: counts.map(({ statements }) => statements).join('; '),
      met: counts.every(({ statements, settings }) => statements === 1 && settings === counts[0]!.settings),
    },
  ];
}
