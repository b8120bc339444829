import { beforeEach } from '@jest/globals';
import { createTestCli, loadCli, resetEngine, type TestCli } from './fake-engine.ts';

/** Registers the hook that gives each test an engine with nothing to do and a command line on it, which it answers. Once per test file. */
export async function useTestCli() {
  const { runCli } = await loadCli();
  let env: NodeJS.ProcessEnv;
  let cli: TestCli;
  beforeEach(() => {
    resetEngine();
    env = {};
    cli = createTestCli(env);
  });
  return {
    /** For the test to fill before it runs a command. */
    get env() {
      return env;
    },
    get stdout() {
      return cli.stdout;
    },
    get stderr() {
      return cli.stderr;
    },
    interrupt: () => cli.interrupt(),
    run: (...argv: string[]) => runCli(argv, cli.dependencies),
    readDocument: () => JSON.parse(cli.stdout.text) as Record<string, unknown>,
  };
}
