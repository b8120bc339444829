/**
 * What a page costs as tenants, leads, depth and choice fields grow: npm run -s bench:growth -- [LARGEST_LEADS] [LARGEST_TENANTS]
 * Exits with 1 where a curve is not flat or a plan scans.
 */
import { writeFile } from 'node:fs/promises';
import { drawChart } from './chart.ts';
import { findFaults } from './find-faults.ts';
import { measureGrowth } from './measure.ts';
import { formatReport } from './report.ts';

const LEADS = [1_000, 10_000, 100_000, 1_000_000];
const FOLDER = 'bench/results';

const [largestLeads = 1_000_000, largestTenants = 10_000] = process.argv.slice(2).map(Number);
if (!(largestLeads >= LEADS[0]! && largestTenants >= 10))
  throw new Error(
    `expected the most leads of a tenant, at least 1000, and of tenants, at least 10, got ${process.argv.slice(2).join(' ')}`,
  );
// So that what is to be ended with this process is.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const sizes = { leads: LEADS.filter((size) => size <= largestLeads), tenants: largestTenants };
const results = await measureGrowth(sizes, (line) => void process.stderr.write(`${line}\n`));
const text = formatReport(results);
await writeFile(`${FOLDER}/growth.md`, text);
await writeFile(`${FOLDER}/growth.svg`, drawChart(results));
await writeFile(`${FOLDER}/growth.json`, `${JSON.stringify(results, undefined, 2)}\n`);
process.stdout.write(text);
process.exitCode = findFaults(results).length > 0 ? 1 : 0;
