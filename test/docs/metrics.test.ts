import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { readMetrics } from '../harness/metrics.ts';
import { useServedCrm } from '../harness/served-crm.ts';

const served = useServedCrm('populated');

/** The first column of the page's tables, and the labels in the second. */
async function readPage(): Promise<Map<string, string[]>> {
  const page = await readFile('docs/metrics.md', 'utf8');
  return new Map(
    [...page.matchAll(/^\| `(\w+)` \|([^|]*)\|/gm)].map(([, name, labels]) => [
      name!,
      [...labels!.matchAll(/`(\w+)`/g)].map(([, label]) => label!),
    ]),
  );
}

test('the page names exactly the metrics that are served', async () => {
  const { names } = readMetrics(await (await fetch(`${served.api.url}/metrics`)).text());
  expect([...(await readPage()).keys()].toSorted()).toEqual(names.toSorted());
});

test('the page names the labels of every metric of ours that has a value', async () => {
  await served.api.send('{ leads(first: 1) { nodes { id } } }');
  const { samples } = readMetrics(await (await fetch(`${served.api.url}/metrics`)).text());
  const page = await readPage();
  const own = samples.filter(({ name }) => /^(choice|http|database)_/.test(name));
  expect(own.length).toBeGreaterThan(20);
  for (const { name, labels } of own) {
    const documented = page.get(name) ?? page.get(name.replace(/_(bucket|sum|count)$/, ''));
    expect({ name, labels: Object.keys(labels).filter((label) => label !== 'le') }).toEqual({ name, labels: documented });
  }
});

test('the choice fields, the pools and the requests of the running server are told', async () => {
  const { samples } = readMetrics(await (await fetch(`${served.api.url}/metrics`)).text());
  const value = (name: string, labels: object) =>
    samples.find((sample) => sample.name === name && Object.entries(labels).every(([label, content]) => sample.labels[label] === content))
      ?.value;
  expect(value('choice_tenants', { field: 'Lead.industry', phase: 'populated' })).toBe(2);
  expect(value('choice_processes', { kind: 'server' })).toBe(1);
  expect(value('database_pool_connections_max', { pool: 'api' })).toBe(10);
  expect(value('http_request_duration_seconds_count', { path: '/graphql', status: '200' })).toBeGreaterThan(0);
});
