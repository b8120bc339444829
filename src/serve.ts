import { once } from 'node:events';
import { createJsonLogger } from './api/logger.ts';
import { startApp } from './app.ts';
import type { Serve } from './cli/cli-dependencies.ts';
import { createProgressDisplay } from './cli/progress/create-progress-display.ts';
import { describeConnectionFailure } from './database/connection-failure.ts';
import { acquireDatabase } from './database/database-location.ts';

/** Runs the server until the signal: starts what it needs, says how to try it, and ends everything that it started. */
export const serve: Serve = async ({ config, stdout, stderr, signal, onReady }) => {
  const say = (line: string) => void stderr.write(`${line}\n`);
  const progress = createProgressDisplay(stderr, () => performance.now());
  const location = await acquireDatabase(config, say);
  try {
    if (signal.aborted) return;
    const app = await startApp(config, location, {
      logger: createJsonLogger(config.logLevel, (line) => void stderr.write(line)),
      onProgress: (step) => {
        signal.throwIfAborted();
        progress.report(step);
      },
      say: (line) => progress.say(line),
    }).catch((error: unknown) => {
      if (signal.aborted) return undefined;
      throw describeConnectionFailure(error, location.ownerUrl) ?? error;
    });
    progress.end();
    if (app === undefined) return;
    try {
      for (const { tenant, token } of app.demoTokens) stdout.write(`token ${tenant} ${token}\n`);
      const [first] = app.demoTokens;
      if (first) stdout.write(`${exampleCommand(app.url, first.token)}\n`);
      onReady(`${app.url}/graphql`);
      if (!signal.aborted) await once(signal, 'abort');
      say('stopping');
    } finally {
      await app.close();
    }
  } finally {
    progress.end();
    await location.release();
  }
};

/** One line that can be pasted into a shell. */
function exampleCommand(url: string, token: string): string {
  const query = '{ leads(first: 3) { nodes { firstName lastName industry industryRef { key label } industryLabel } } }';
  return `curl -s ${url}/graphql -H 'content-type: application/json' -H 'authorization: Bearer ${token}' -d '${JSON.stringify({ query })}'`;
}
