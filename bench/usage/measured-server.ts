import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Answer, Command, Question, Side, Spent, Urls } from './protocol.ts';

/** The process of the servers that are compared, as seen from the one that sends requests. */
export interface MeasuredServer {
  readonly urls: Urls;
  /** What the process has spent so far, once it has done what it is asked to. */
  ask(command?: Command): Promise<Spent>;
  stop(): Promise<void>;
}

/** Builds the program as `npm run build` builds the server, and starts it; the sides in the order given. */
export async function startMeasuredServer(databaseUrl: string, secret: string, sides: readonly Side[]): Promise<MeasuredServer> {
  const child = fork('scripts/run.mjs', ['bench/usage/recording-server.ts', databaseUrl, secret, ...sides], { execArgv: [] });
  const ended = once(child, 'exit').then(([code, signal]) => String(signal ?? code));
  const died = ended.then((how) => Promise.reject(new Error(`the measured server ended with ${how}`)));
  died.catch(() => undefined);
  const [urls] = (await Promise.race([once(child, 'message'), died])) as [Urls];

  const answers = new Map<number, (answer: Answer) => void>();
  child.on('message', (answer: Answer) => answers.get(answer.id)?.(answer));
  let asked = 0;
  const ask = async (command: Command | object = {}) => {
    const id = ++asked;
    const answered = new Promise<Answer>((resolve) => answers.set(id, resolve));
    child.send({ id, ...command } satisfies Question);
    const answer = await Promise.race([answered, died]);
    answers.delete(id);
    if ('error' in answer) throw new Error(`the measured server: ${answer.error}`);
    return answer;
  };
  return {
    urls,
    ask,
    stop: async () => {
      child.disconnect();
      await ended;
    },
  };
}
