import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import { describeCauses } from '../logger.ts';
import type { Logger } from '../logger.ts';

/** Metrics in Prometheus' text format. */
export type MetricsSource = () => Promise<string>;

/** A scrape waits no longer for a source, in milliseconds: Prometheus gives up after ten seconds, on all of it. */
const SOURCE_MS = 2_000;

/** Those of the process are made once: they watch it as long as it lives. */
let processRegistry: Registry | undefined;

/**
 * Serves `/metrics`: the process, the HTTP requests of this server, and what the sources tell. A source that fails, or takes
 * longer than two seconds, is left out. To be called before the routes are made. `versions` maps the path of a route to the API version that it serves.
 */
export function serveMetrics(
  fastify: FastifyInstance,
  versions: ReadonlyMap<string, string>,
  sources: readonly MetricsSource[],
  logger: Logger,
): void {
  processRegistry ??= createProcessRegistry();
  const registries = [processRegistry, observeRequests(fastify, versions)];
  const readSource = (read: MetricsSource) =>
    inTime(read()).catch((error: unknown) => {
      logger.warn('Metrics cannot be read', { error: describeCauses(error) });
      return '';
    });
  fastify.get('/metrics', async (_request, reply) => {
    const texts = await Promise.all([...registries.map((registry) => registry.metrics()), ...sources.map(readSource)]);
    return reply.type(Registry.PROMETHEUS_CONTENT_TYPE).send(texts.map((text) => text.trimEnd() + '\n').join(''));
  });
}

/** What comes later counts for nothing, be it an answer or an error. */
async function inTime(reading: Promise<string>): Promise<string> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${SOURCE_MS / 1_000} s`)), SOURCE_MS);
  return Promise.race([reading, late]).finally(() => clearTimeout(timer));
}

function createProcessRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** A path is the route's, not the request's: what clients ask for makes no label. */
function observeRequests(fastify: FastifyInstance, versions: ReadonlyMap<string, string>): Registry {
  const registry = new Registry();
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'How long requests took to be answered, and how many there were.',
    labelNames: ['path', 'version', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  fastify.addHook('onResponse', async (request, reply) => {
    const path = request.is404 ? 'unknown' : (request.routeOptions.url ?? 'unknown');
    duration.observe({ path, version: versions.get(path) ?? '', status: String(reply.statusCode) }, reply.elapsedTime / 1_000);
  });
  return registry;
}
