import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { Profiler } from 'node:inspector';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { formatMarkdownTable } from '../harness/statistics.ts';
import { compareAnswers } from './compare-answers.ts';
import { listContenders, ourCommand } from './contenders.ts';
import { CONNECTIONS, listOperations, TARGET_OPERATION } from './operations.ts';
import { type Place, placeFrames } from './place-frames.ts';
import { sendRequests } from './send-requests.ts';
import { withSetup } from './set-up.ts';
import { startServer } from './start-server.ts';

export interface ProfileOptions {
  readonly seconds: number;
  readonly leads: number;
  readonly say: (line: string) => void;
}

/** A moment of Node's monotonic clock, in microseconds: profiles are timed by it. */
type Moment = number;

interface Span {
  readonly from: Moment;
  readonly to: Moment;
}

const WARM_UP_MS = 5_000;
const FUNCTIONS = 40;
const IDLE = '(idle)';

/** Says where our server spends its time while it is asked for pages of 50, by package or folder and by function. Returns the text. */
export async function writeProfile({ seconds, leads, say }: ProfileOptions): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'read-path-profile-'));
  try {
    say(`building the dataset of ${leads} leads`);
    const { requests, span } = await withSetup(leads, async ({ databaseUrl, subject }) => {
      const [ours] = await listContenders(databaseUrl, subject);
      const server = await startServer(ourCommand(databaseUrl, ['--cpu-prof', `--cpu-prof-dir=${folder}`]));
      try {
        const operation = listOperations(subject).find(({ name }) => name === TARGET_OPERATION)!;
        const request = (await compareAnswers(operation, new Map([[ours!, server]]))).get(ours!)!;
        say(`${seconds} s of requests`);
        const outcome = await sendRequests(
          { ...request, token: ours!.token, connections: CONNECTIONS },
          { warmUp: WARM_UP_MS, duration: seconds * 1_000 },
          async () => Number(process.hrtime.bigint() / 1_000n),
        );
        const [from, to] = outcome.costs;
        return { requests: outcome.requests, span: { from, to } };
      } finally {
        await server.stop();
      }
    });
    const text = formatProfile(await readProfile(folder), span, requests);
    await writeFile('bench/results/read-path-profile.md', text);
    return text;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Of the server, which is the only one that wrote one with requests: its longest. */
async function readProfile(folder: string): Promise<Profiler.Profile> {
  const [name] = (await readdir(folder)).filter((each) => each.endsWith('.cpuprofile'));
  if (name === undefined) throw new Error('expected a profile, got none: did the server not end by itself?');
  return JSON.parse(await readFile(path.join(folder, name), 'utf8')) as Profiler.Profile;
}

/** Self time by node of the call tree, in microseconds. */
function sumSelfTimes({ samples = [], timeDeltas = [], startTime }: Profiler.Profile, { from, to }: Span): ReadonlyMap<number, number> {
  const sums = new Map<number, number>();
  let moment = startTime;
  for (const [at, node] of samples.entries()) {
    moment += timeDeltas[at]!;
    // A sample stands for the time until the next one.
    if (moment >= from && moment < to) sums.set(node, (sums.get(node) ?? 0) + (timeDeltas[at + 1] ?? 0));
  }
  return sums;
}

function formatProfile(profile: Profiler.Profile, span: Span, requests: number): string {
  const places = placeFrames(profile.nodes);
  const times = sumSelfTimes(profile, span);
  const byOwner = new Map<string, number>();
  const byFunction = new Map<string, { place: Place; time: number }>();
  let busy = 0;
  for (const [node, time] of times) {
    const place = places.get(node)!;
    if (place.function === IDLE) continue;
    busy += time;
    byOwner.set(place.owner, (byOwner.get(place.owner) ?? 0) + time);
    const key = `${place.function} ${place.source}`;
    byFunction.set(key, { place, time: (byFunction.get(key)?.time ?? 0) + time });
  }
  if (busy === 0) throw new Error('expected samples of the time in which requests were sent, got none');
  const share = (time: number) => `${((time / busy) * 100).toFixed(1)} %`;
  const perRequest = (time: number) => (time / requests).toFixed(1);
  const owners = [...byOwner].sort(([, a], [, b]) => b - a).filter(([, time]) => time / busy >= 0.001);
  const functions = [...byFunction.values()].sort((a, b) => b.time - a.time).slice(0, FUNCTIONS);
  return `# Where the read path spends its time

${new Date().toISOString().slice(0, 10)}. ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}. \`npm run -s bench:read-path -- --profile\` takes it again.

The server as \`npm start\` starts it, under \`--cpu-prof\`, asked for \`leads(first: 50)\` by ${CONNECTIONS} connections: ${requests.toLocaleString('en')} requests once it was warm, ${perRequest(busy)} µs of its
main thread each. Times are self times, without what a function calls. \`(garbage collector)\` and \`(program)\`, which is native code, belong to nobody.

## By package and folder

${formatMarkdownTable(
  ['package or folder', 'share', 'µs a request'],
  owners.map(([owner, time]) => [owner, share(time), perRequest(time)]),
)}

## By function

${formatMarkdownTable(
  ['function', 'where', 'share', 'µs a request'],
  functions.map(({ place, time }) => [`\`${place.function}\``, place.source, share(time), perRequest(time)]),
)}
`;
}
