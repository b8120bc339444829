/** A merge under writers, readers and kills of its mover: npm run chaos:merge -- [LEADS] [KILLS] [SEED] */
import startTestServer from '../../test/harness/global-setup.ts';
import stopTestServer from '../../test/harness/global-teardown.ts';
import { runMergeChaos } from '../../test/chaos/run-merge-chaos.ts';

const [leads = 200_000, kills = 3, seed = 1] = process.argv.slice(2).map(Number);
await startTestServer();
try {
  const result = await runMergeChaos({ leads, kills, seed, say: (line) => void process.stderr.write(`${line}\n`) });
  process.stdout.write(`${JSON.stringify({ leads, kills, seed, ...result, faults: result.faults.slice(0, 50) }, null, 2)}\n`);
  process.exitCode = result.faults.length === 0 ? 0 : 1;
} finally {
  await stopTestServer();
}
