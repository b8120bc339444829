/**
 * Three API servers in one process on one database, so that they share code, heap and moment: one that records the use of the
 * schema, one that does not, and a second one that does. Whoever forked it says when counts are stored, and asks what was spent.
 */
import { Session } from 'node:inspector/promises';
import { createJsonLogger } from '../../src/api/logger.ts';
import { startApp } from '../../src/app.ts';
import { createUsageRecorder, type UsageRecorder } from '../../src/evolution/usage/usage-recorder.ts';
import { readRecordingShare } from './profile-share.ts';
import { type Answer, type Command, type Question, type Side, type Urls } from './protocol.ts';

/** Longer than a measurement: counts are stored when they are asked for, at a moment that belongs to their own side. */
const NEVER_MS = 2 ** 30;

const [databaseUrl = '', secret = '', ...sides] = process.argv.slice(2);
const recorders = new Map<Side, UsageRecorder>();

async function startSide(side: Side): Promise<string> {
  const app = await startApp(
    {
      databaseUrl,
      databaseAppUrl: undefined,
      databaseListenUrl: undefined,
      host: '127.0.0.1',
      port: 0,
      dataDir: '.data',
      demo: false,
      auth: { secret, jwksUrl: undefined, issuer: undefined, audience: undefined },
      executor: 'compiled',
      logLevel: 'warn',
    },
    { ownerUrl: databaseUrl, appUrl: undefined, listenUrl: databaseUrl, embedded: false, release: () => Promise.resolve() },
    {
      logger: createJsonLogger('warn', (line) => void process.stderr.write(line)),
      onProgress: () => undefined,
      say: () => undefined,
      createRecorder: async (db, options) => {
        if (side === 'nothing') return undefined;
        const recorder = await createUsageRecorder(db, { ...options, flushEveryMs: NEVER_MS });
        recorders.set(side, recorder);
        return recorder;
      },
    },
  );
  return app.url;
}

/** Several samples within what takes microseconds, and not so many that sampling is what is measured. */
const SAMPLING_MICROSECONDS = 200;
const inspector = new Session();

async function answer({ id, ...command }: Question): Promise<Answer> {
  try {
    const recordingShare = await carryOut(command);
    const { user, system } = process.cpuUsage();
    return { id, cpu: user + system, ...(recordingShare !== undefined && { recordingShare }) };
  } catch (error) {
    return { id, error: String(error) };
  }
}

async function carryOut(command: Command | object): Promise<number | undefined> {
  if ('flush' in command) await recorders.get(command.flush)?.flush();
  if (!('profile' in command)) return undefined;
  if (command.profile === 'stop') {
    const { profile } = await inspector.post('Profiler.stop');
    inspector.disconnect();
    return readRecordingShare(profile);
  }
  inspector.connect();
  await inspector.post('Profiler.enable');
  await inspector.post('Profiler.setSamplingInterval', { interval: SAMPLING_MICROSECONDS });
  await inspector.post('Profiler.start');
  return undefined;
}

const urls = {} as Record<Side, string>;
for (const side of sides as Side[]) urls[side] = await startSide(side);
process.on('message', (question: Question) => void answer(question).then((reply) => process.send!(reply)));
process.on('disconnect', () => process.exit());
process.send!(urls satisfies Urls);
