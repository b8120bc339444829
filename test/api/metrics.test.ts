import { afterEach, expect, test } from '@jest/globals';
import { readMetrics } from '../harness/metrics.ts';
import { startToyServer, type ToyServer, type ToyServerOptions } from './toy/toy-server.ts';

let server: ToyServer;

afterEach(() => server.close());

async function start(options: ToyServerOptions = {}): Promise<void> {
  server = await startToyServer(options);
}

async function scrape() {
  const response = await fetch(`${server.url}/metrics`);
  return { response, ...readMetrics(await response.text()) };
}

test('the process and its HTTP requests are told in Prometheus’ text format, to anybody, and no cache keeps it', async () => {
  await start();
  const { response, names } = await scrape();
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(names).toEqual(
    expect.arrayContaining(['process_resident_memory_bytes', 'nodejs_eventloop_lag_seconds', 'http_request_duration_seconds']),
  );
  expect(new Set(names).size).toBe(names.length);
});

test('requests are counted by path, version and status, with how long they took', async () => {
  await start();
  await server.post({ query: '{ __typename }' });
  await server.post({ query: '{ __typename }' });
  await server.post({ query: '{ __typename }' }, {}, '/graphql/2026-01');
  await server.post({ query: '{ nonsense }' });
  const { samples } = await scrape();
  const counts = samples
    .filter(({ name, labels }) => name === 'http_request_duration_seconds_count' && labels.path !== '/metrics')
    .map(({ labels, value }) => `${labels.path} ${labels.version} ${labels.status} ${value}`);
  expect(counts.toSorted()).toEqual(['/graphql 2026-11 200 2', '/graphql 2026-11 400 1', '/graphql/2026-01 2026-01 200 1']);
  const [sum] = samples.filter(({ name, labels }) => name === 'http_request_duration_seconds_sum' && labels.status === '400');
  expect(sum!.value).toBeGreaterThan(0);
  expect(sum!.value).toBeLessThan(60);
});

test('what clients make up becomes no label', async () => {
  await start();
  await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      Promise.all([fetch(`${server.url}/made-up/${index}`), server.post({ query: '{ __typename }' }, {}, `/graphql/19${index}-01`)]),
    ),
  );
  const { samples } = await scrape();
  const paths = samples
    .filter(({ name }) => name === 'http_request_duration_seconds_count')
    .map(({ labels }) => [labels.path, labels.version]);
  expect(paths.toSorted()).toEqual([
    ['/graphql/:version', ''],
    ['unknown', ''],
  ]);
});

test('two servers of one process count apart', async () => {
  await start();
  const other = await startToyServer();
  await other.post({ query: '{ __typename }' });
  await other.close();
  expect((await scrape()).samples.filter(({ name }) => name === 'http_request_duration_seconds_count')).toEqual([]);
});

test('a source that does not answer within two seconds is left out, and logged; the others are told', async () => {
  await start({ metrics: [() => new Promise<string>(() => undefined), async () => '# TYPE last_metric gauge\nlast_metric 2'] });
  const { response, samples } = await scrape();
  expect(response.status).toBe(200);
  expect(samples).toContainEqual({ name: 'last_metric', labels: {}, value: 2 });
  expect(server.log).toContainEqual(
    expect.objectContaining({ message: 'Metrics cannot be read', error: expect.objectContaining({ message: 'no answer within 2 s' }) }),
  );
});

test('what others add is told too; a source that fails is left out, and logged', async () => {
  await start({
    metrics: [
      async () => '# HELP first_metric First.\n# TYPE first_metric gauge\nfirst_metric 1\n',
      () => Promise.reject(new Error('the database is gone')),
      async () => '# HELP last_metric Last.\n# TYPE last_metric gauge\nlast_metric 2',
    ],
  });
  const { response, names, samples } = await scrape();
  expect(response.status).toBe(200);
  expect(names).toEqual(expect.arrayContaining(['process_cpu_seconds_total', 'first_metric', 'last_metric']));
  expect(samples).toContainEqual({ name: 'last_metric', labels: {}, value: 2 });
  expect(server.log).toContainEqual(
    expect.objectContaining({
      level: 'warn',
      message: 'Metrics cannot be read',
      error: expect.objectContaining({ message: 'the database is gone' }),
    }),
  );
});
