import type { GraphQLSchema } from 'graphql';
import type { ChoiceRegistry } from '../choice/choice-registry.ts';
import type { Config } from '../config.ts';
import type { bringUpDatabase, findDatabaseLack } from '../crm/crm-database.ts';
import type { importLegacyExport } from '../crm/import/import-legacy-export.ts';
import type { ApiVersion } from '../evolution/versions/api-versions.ts';

/** As much of a writable stream as a command needs; `process.stdout` is one. */
export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Runs the server until `signal` is aborted; `onReady` gets the real URL of the GraphQL endpoint, once. */
export type Serve = (options: {
  readonly config: Config;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly signal: AbortSignal;
  readonly onReady: (url: string) => void;
}) => Promise<void>;

/** All that the command line needs of the world, so that it runs in a test as it runs in a terminal. */
export interface CliDependencies {
  /** @throws UsageError where the environment is wrong. Called only by commands that need it. */
  readonly loadConfig: () => Config;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly registry: ChoiceRegistry;
  readonly bringUpDatabase: typeof bringUpDatabase;
  readonly findDatabaseLack: typeof findDatabaseLack;
  readonly importLegacyExport: typeof importLegacyExport;
  /** The schema that every API version is a view of, annotated with the lifecycles of its members. */
  readonly loadSchema: () => Promise<GraphQLSchema>;
  readonly serve: Serve;
  /** A view of the schema per API version, oldest first. */
  readonly createSchemas: () => Promise<ReadonlyMap<ApiVersion, GraphQLSchema>>;
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Who runs the command: the default of `--actor` and of a token's subject. */
  readonly userName: string;
  /** Milliseconds, for rates and throttling. */
  readonly now: () => number;
}
