import { createHash } from 'node:crypto';
import type { GraphQLSchema } from 'graphql';
import { fitQuery } from './fit-query.ts';

/** What GraphiQL opens with. */
export interface GraphiqlOptions {
  /** Headers of a new tab, such as the demo's `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** On the page of a version that lacks some of its fields, it opens without them. */
  readonly defaultQuery?: string;
  readonly title?: string;
}

/** What a page is for. */
export interface GraphiqlView {
  readonly path: string;
  readonly schema: GraphQLSchema;
}

export interface GraphiqlPage {
  readonly html: string;
  readonly contentSecurityPolicy: string;
}

/**
 * Makes the page of a view among those at `paths`. The renderer is 9 MB of scripts: read when a page is first asked for, not when the
 * server starts.
 */
export async function renderPage(
  { path, schema }: GraphiqlView,
  paths: readonly string[],
  options: GraphiqlOptions,
): Promise<GraphiqlPage> {
  const { renderGraphiQL } = (await import('@graphql-yoga/render-graphiql')) as { renderGraphiQL: (options: unknown) => string };
  const { headers, title = 'GraphiQL' } = options;
  const query = options.defaultQuery === undefined ? undefined : fitQuery(schema, options.defaultQuery);
  const heading = `${escapeHtml(title)}${linkPages(path, paths)}`;
  const page = renderGraphiQL({
    endpoint: path,
    title: heading,
    additionalHeaders: { 'apollographql-client-name': 'GraphiQL' },
    // What the browser kept of an earlier token would win over the one given here.
    shouldPersistHeaders: false,
    ...(headers && { headers: JSON.stringify(headers, null, 2) }),
    ...(query !== undefined && { defaultQuery: query }),
  });
  const html = page
    .replace('<head>', (head) => `${head}<script>${keepTabsApart}${query === undefined ? '' : nameQuery(query)}</script>`)
    .replace(`<title>${heading}</title>`, () => `<title>${escapeHtml(title)}, ${nameView(path)}</title><style>${style}</style>`);
  return { html, contentSecurityPolicy: describePolicy(html) };
}

/** `/graphiql/2026-01` for `/graphql/2026-01`. */
export function findPagePath(path: string): string {
  return path.replace(/^\/graphql/, '/graphiql');
}

function nameView(path: string): string {
  return path.split('/')[2] ?? 'current';
}

/** The heading is taken as HTML. */
function linkPages(path: string, paths: readonly string[]): string {
  const links = paths.map(
    (other) => `<a href="${findPagePath(other)}"${other === path ? ' aria-current="page"' : ''}>${nameView(other)}</a>`,
  );
  return links.length > 1 ? ` <nav aria-label="API version">${links.join(' ')}</nav>` : '';
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/**
 * Strikes through what is deprecated: in the documentation, beside the reason, and in the query, where nothing but a deprecation is
 * a warning, and the reason shows on hovering.
 */
const style = `
.graphiql-doc-explorer-item:has(.graphiql-doc-explorer-deprecation) > div:first-child,
.graphiql-doc-explorer-item:has(.graphiql-doc-explorer-deprecation) > .graphiql-doc-explorer-enum-value,
.graphiql-doc-explorer-argument:has(.graphiql-doc-explorer-argument-deprecation) > span { text-decoration: line-through }
.graphiql-query-editor .squiggly-warning::after { content: ''; position: absolute; inset: 50% 0 auto; border-top: 1px solid }
.graphiql-logo nav { display: inline; margin-left: 12px; font-size: 14px }
.graphiql-logo nav a { padding: 2px 6px; border-radius: 4px; color: inherit; text-decoration: none }
.graphiql-logo nav a:hover { text-decoration: underline }
.graphiql-logo nav a[aria-current] { background: hsl(219 28% 32% / 15%) }
`;

/** Browsers keep one store for all pages of a server: a tab belongs to the page, and version, that it was opened on. */
const keepTabsApart = `
for (const method of ['getItem', 'setItem', 'removeItem']) {
  const original = Storage.prototype[method];
  Storage.prototype[method] = function (key, ...rest) {
    return original.call(this, key === 'graphiql:tabState' ? key + location.pathname : key, ...rest);
  };
}
`;

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
