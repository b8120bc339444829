import { startApp } from '../../src/app.ts';
import { createJsonLogger } from '../../src/api/logger.ts';
import type { Role } from '../../src/tenancy/principal.ts';
import { issueToken } from '../../src/tenancy/issue-token.ts';
import type { TestCrm } from './test-crm.ts';
import { testedExecutor } from './tested-executor.ts';

/** An answer as it came over HTTP. */
export interface Answer {
  readonly status: number;
  /** The body, to the byte. */
  readonly text: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the shape is what each test asserts
  readonly body: any;
}

/** The real API server on a test database, over real HTTP. */
export interface TestApi {
  readonly url: string;
  /** Lines that the server logged. */
  readonly log: readonly string[];
  token(tenant: string | null, ...roles: Role[]): Promise<string>;
  /** Sends an operation; as a writer of acme to the current version if not said otherwise. */
  send(query: string, variables?: Readonly<Record<string, unknown>>, options?: { path?: string; token?: string }): Promise<Answer>;
  close(): Promise<void>;
}

const SECRET = 'a secret for tests that is long enough';

export async function startTestApi(crm: TestCrm): Promise<TestApi> {
  const { ownerUrl } = crm.database;
  const log: string[] = [];
  const app = await startApp(
    {
      databaseUrl: ownerUrl,
      databaseAppUrl: undefined,
      databaseListenUrl: undefined,
      host: '127.0.0.1',
      port: 0,
      dataDir: '.data',
      demo: false,
      auth: { secret: SECRET, jwksUrl: undefined, issuer: undefined, audience: undefined },
      executor: testedExecutor,
      logLevel: 'info',
    },
    { ownerUrl, appUrl: undefined, listenUrl: ownerUrl, embedded: false, release: () => Promise.resolve() },
    { logger: createJsonLogger('info', (line) => void log.push(line)), onProgress: () => {}, say: () => {} },
  );
  const token = (tenant: string | null, ...roles: Role[]) => issueToken(SECRET, { subject: 'tester', tenant, roles, expiresIn: '1h' });
  const writer = await token('acme', 'writer');
  return {
    url: app.url,
    log,
    token,
    async send(query, variables = {}, { path = '/graphql', token: bearer = writer } = {}) {
      const response = await fetch(`${app.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${bearer}` },
        body: JSON.stringify({ query, variables }),
      });
      const text = await response.text();
      return { status: response.status, text, body: JSON.parse(text) };
    },
    close: () => app.close(),
  };
}
