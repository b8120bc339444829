import { createApiServer } from './api/server.ts';
import { describeCauses, type Logger } from './api/logger.ts';
import { executors } from './execution/executors.ts';
import { createUsageMetrics } from './evolution/usage/usage-metrics.ts';
import { createUsageRecorder, type UsageRecorder } from './evolution/usage/usage-recorder.ts';
import { type ApiVersion, currentVersion, servedVersions } from './evolution/versions/api-versions.ts';
import { listBundledPublications } from './evolution/versions/bundled-publications.ts';
import { listDeprecations } from './evolution/versions/list-deprecations.ts';
import { requirePublications } from './evolution/versions/require-publications.ts';
import { viewSchema } from './evolution/versions/view-schema.ts';
import type { GraphQLSchema } from 'graphql';
import { createChoiceMetrics } from './choice/choice-metrics.ts';
import type { Progress } from './choice/migrate/run.ts';
import { apiApplicationName } from './choice/process-session.ts';
import { createRulesSource } from './choice/rules-watcher.ts';
import { createRunExecutor } from './choice/runs/run-executor.ts';
import { createWorkplace, WORKPLACE_CONNECTIONS } from './choice/runs/workplace.ts';
import type { Config } from './config.ts';
import { choiceRegistry } from './crm/choice-fields.ts';
import { createCrmContexts } from './crm/create-crm-context.ts';
import { crmRecords } from './crm/crm-records.ts';
import { annotateCrmSchema } from './crm/crm-schema.ts';
import type { DatabaseLocation } from './database/database-location.ts';
import { checkAppConnection } from './database/check-app-connection.ts';
import { openApiDatabase } from './database/api-database.ts';
import { openOwnerDatabase } from './database/owner-database.ts';
import { createPoolMetrics } from './database/pool-metrics.ts';
import { readThrough } from './database/read.ts';
import { sql } from 'kysely';
import { loadDemo, migrateDemo } from './demo/prepare-demo.ts';
import { checkMigrations, checkStructure, prepareAppRole, prepareEmbeddedDatabase } from './prepare-database.ts';
import { createAuthenticator } from './tenancy/authentication.ts';
import { issueToken } from './tenancy/issue-token.ts';
import { resolveAuthentication } from './tenancy/resolve-authentication.ts';

/** A server that takes requests. */
export interface App {
  /** `http://127.0.0.1:4000` */
  readonly url: string;
  /** Tokens to try it with, where it can sign some: the demo tenants' names and their writers' tokens. */
  readonly demoTokens: readonly { readonly tenant: string; readonly token: string }[];
  /** Lets running requests finish, then lets go of everything but the database's location. */
  close(): Promise<void>;
}

export interface AppOptions {
  readonly logger: Logger;
  readonly onProgress: (progress: Progress) => void;
  /** Takes a line for people. */
  readonly say: (line: string) => void;
  /** Makes what records the use of the schema, or nothing. What recording costs is measured by it. */
  readonly createRecorder?: (...parameters: Parameters<typeof createUsageRecorder>) => Promise<UsageRecorder | undefined>;
}

/** A view of the schema per API version, oldest first. */
export async function createVersionSchemas(): Promise<ReadonlyMap<ApiVersion, GraphQLSchema>> {
  const schema = await annotateCrmSchema();
  return new Map(servedVersions.map((version) => [version, viewSchema(schema, version)]));
}

/** Composes the server on a database: the one place that knows all parts. */
export async function startApp(
  config: Config,
  location: DatabaseLocation,
  { logger, onProgress, say, createRecorder = createUsageRecorder }: AppOptions,
): Promise<App> {
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const schemas = await createVersionSchemas();
    const published = listBundledPublications();
    requirePublications(schemas, published, new Date());
    const authentication = await resolveAuthentication(config, location.embedded);
    const owner = openOwnerDatabase(location.ownerUrl);
    closers.push(() => owner.close());
    const withDemo = location.embedded && config.demo;
    if (location.embedded) await prepareEmbeddedDatabase(owner, async () => withDemo && loadDemo(owner, onProgress), onProgress);
    else await checkMigrations(owner);
    const role = await prepareAppRole(owner, location.appUrl);
    const demo = withDemo ? await migrateDemo(owner, onProgress, say) : [];

    // Whoever is to take the structure away asks first who serves: known to them from here on, it is not too late to look.
    const rules = await createRulesSource(location.listenUrl, {
      name: 'choices serve',
      read: readThrough(owner.sql),
      onLost: (error) => logger.warn('The heartbeat fails, and is tried again', { error: describeCauses(error) }),
    });
    closers.push(() => rules.close());
    await checkStructure(owner);
    const operators = openOwnerDatabase(location.ownerUrl);
    closers.push(() => operators.close());
    const steps = openOwnerDatabase(location.ownerUrl, { connections: WORKPLACE_CONNECTIONS });
    closers.push(() => steps.close());
    const workplace = createWorkplace(steps.sql);
    const runs = createRunExecutor({
      db: operators.sql,
      workplace,
      registry: choiceRegistry,
      processId: rules.processId,
      onError: (error, run) =>
        logger.error(run ? 'A run failed' : 'Runs could not be taken up', { run: run?.id, step: run?.step, error: describeCauses(error) }),
      onCutOff: (error, run) =>
        logger.warn('A run was cut off, and is taken up again', { run: run.id, step: run.step, error: describeCauses(error) }),
    });
    closers.push(() => runs.close());
    const database = await openApiDatabase(
      location.appUrl ?? location.ownerUrl,
      crmRecords.map((record) => record.entity),
      { applicationName: apiApplicationName(rules.processId), prepares: config.databaseListenUrl === undefined },
    );
    closers.push(() => database.close());
    if (location.appUrl !== undefined) await checkAppConnection(owner.sql, database.sql, location.appUrl);
    const demoTokens = 'secret' in authentication.key ? await issueDemoTokens(authentication.key.secret, demo, authentication) : [];
    const deprecated = new Set(
      [...schemas].flatMap(([version, schema]) => listDeprecations(schema, version).map((each) => each.coordinate)),
    );
    // Before it listens: what it serves is known to be recorded, or known not to be.
    const usage = await createRecorder(operators.sql, {
      processId: rules.processId,
      isDeprecated: (coordinate) => deprecated.has(coordinate),
      onError: (error) => logger.warn('What operations use cannot be recorded', { error: describeCauses(error) }),
    });
    if (usage !== undefined) closers.push(() => usage.close());
    const server = await createApiServer({
      host: config.host,
      port: config.port,
      logger,
      createExecutor: executors[config.executor],
      views: [
        { path: '/graphql', version: currentVersion, schema: schemas.get(currentVersion)! },
        ...servedVersions.map((version) => ({
          path: `/graphql/${version.name}`,
          version,
          schema: schemas.get(version)!,
          ends: published.find(({ name }) => name === version.name)?.ends,
        })),
      ],
      authenticate: createAuthenticator(authentication),
      createContext: createCrmContexts({
        database,
        owner,
        role: location.appUrl === undefined ? role : undefined,
        rules,
        operations: { db: operators.sql, workplace, runs },
        onWrite: rules.recordWrite,
      }),
      isReady: async () => {
        if (!rules.isJoined()) return 'the connection by which changes are announced is lost';
        await Promise.all([owner, database].map((each) => sql`SELECT 1`.execute(each.sql)));
        return true;
      },
      metrics: [
        createPoolMetrics({
          api: database.pool,
          operators: operators.pool,
          steps: steps.pool,
          owner: owner.pool,
        }),
        createChoiceMetrics(owner.sql),
        ...(usage === undefined ? [] : [createUsageMetrics(usage)]),
      ],
      ...(usage && { usage }),
      graphiql: {
        title: 'dynamic-choices',
        defaultQuery:
          '{\n  leads(first: 5) {\n    nodes {\n      firstName\n      lastName\n      industry\n      industryRef { key label }\n      industryLabel\n    }\n  }\n}\n',
        // Whoever can open the page can read the token.
        ...(demoTokens[0] && isLoopback(config.host) && { headers: { authorization: `Bearer ${demoTokens[0].token}` } }),
      },
    });
    closers.push(() => server.close());
    return { url: await server.listen(), demoTokens, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

async function issueDemoTokens(
  secret: string,
  tenants: readonly string[],
  { issuer, audience }: { issuer?: string | undefined; audience?: string | undefined },
) {
  return Promise.all(
    tenants.map(async (tenant) => ({
      tenant,
      token: await issueToken(secret, {
        subject: `demo@${tenant}`,
        tenant,
        roles: ['reader', 'writer', 'choice-admin', 'operator'],
        expiresIn: '30d',
        issuer,
        audience,
      }),
    })),
  );
}
