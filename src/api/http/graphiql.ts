import type { FastifyInstance } from 'fastify';
import { findPagePath, renderPage } from './graphiql-page.ts';
import type { GraphiqlOptions, GraphiqlPage, GraphiqlView } from './graphiql-page.ts';

/**
 * Serves GraphiQL for each view, `/graphiql/2026-01` for `/graphql/2026-01`, as one page that loads nothing from elsewhere, and may
 * not. Each page links to the others.
 */
export function serveGraphiql(fastify: FastifyInstance, views: readonly GraphiqlView[], options: GraphiqlOptions): void {
  const paths = views.map(({ path }) => path);
  for (const view of views) {
    let page: Promise<GraphiqlPage> | undefined;
    fastify.get(findPagePath(view.path), async (_request, reply) => {
      const { html, contentSecurityPolicy } = await (page ??= renderPage(view, paths, options));
      return reply.type('text/html; charset=utf-8').header('content-security-policy', contentSecurityPolicy).send(html);
    });
  }
}
