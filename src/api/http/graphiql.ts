import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';

/** What GraphiQL opens with. */
export interface GraphiqlOptions {
  /** The path that operations go to. */
  readonly endpoint: string;
  /** Headers of a new tab, such as the demo's `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly defaultQuery?: string;
  readonly title?: string;
}

interface Page {
  readonly html: string;
  readonly contentSecurityPolicy: string;
}

/** Serves GraphiQL at `/graphiql` as one page that loads nothing from elsewhere, and may not. */
export function serveGraphiql(fastify: FastifyInstance, options: GraphiqlOptions): void {
  let page: Promise<Page> | undefined;
  fastify.get('/graphiql', async (_request, reply) => {
    const { html, contentSecurityPolicy } = await (page ??= renderPage(options));
    return reply.type('text/html; charset=utf-8').header('content-security-policy', contentSecurityPolicy).send(html);
  });
}

/** The renderer is 9 MB of scripts: read when the page is first asked for, not when the server starts. */
async function renderPage({ endpoint, headers, defaultQuery, title }: GraphiqlOptions): Promise<Page> {
  const { renderGraphiQL } = (await import('@graphql-yoga/render-graphiql')) as { renderGraphiQL: (options: unknown) => string };
  const page = renderGraphiQL({
    endpoint,
    title: title ?? 'GraphiQL',
    // What the browser kept of an earlier token would win over the one given here.
    shouldPersistHeaders: false,
    ...(headers && { headers: JSON.stringify(headers, null, 2) }),
    ...(defaultQuery !== undefined && { defaultQuery }),
  });
  const html = defaultQuery === undefined ? page : page.replace('<head>', (head) => `${head}<script>${nameQuery(defaultQuery)}</script>`);
  return { html, contentSecurityPolicy: describePolicy(html) };
}

/** GraphiQL looks for a tab with the query that its URL names. When it names none, each reload opens another, empty tab. */
function nameQuery(query: string): string {
  const search = JSON.stringify(`?${new URLSearchParams({ query })}`);
  return `if (!new URLSearchParams(location.search).has('query')) history.replaceState({}, '', ${search});`;
}

/** The page's own scripts, styles, fonts and images, its workers (blobs), and operations sent to this server: nothing else. */
function describePolicy(html: string): string {
  const scripts = [...html.matchAll(/<script>(.*?)<\/script>/gs)].map(
    ([, script]) => `'sha256-${createHash('sha256').update(script!).digest('base64')}'`,
  );
  return [
    "default-src 'none'",
    `script-src ${scripts.join(' ')}`,
    'worker-src blob:',
    "style-src 'unsafe-inline'",
    'font-src data:',
    'img-src data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
