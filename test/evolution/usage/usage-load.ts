import { waitUntil } from '../../harness/wait-until.ts';

/** What a client did: what it sent, and when each answer had come, in milliseconds since 1970. */
export interface LoadClient {
  readonly name: string;
  sent: number;
  readonly answeredAt: number[];
}

/** Clients that send one operation after the other, each under its own name, until they are paused or the server is gone. */
export interface UsageLoad {
  readonly clients: readonly LoadClient[];
  countAnswers(): number;
  /** Resolves when nothing is under way. */
  pause(): Promise<void>;
  resume(): void;
  /** Resolves when so many more were answered. */
  awaitAnswers(more: number): Promise<void>;
  /** Resolves when every client has met a server that is gone. */
  awaitEnd(): Promise<void>;
}

const CLIENTS = ['web', 'ios', 'android', 'import', 'report', 'sync'];

/** @throws from `pause` and `awaitEnd` where anything but data was answered. */
export function startUsageLoad(url: string, token: string): UsageLoad {
  const clients = CLIENTS.map((name): LoadClient => ({ name, sent: 0, answeredAt: [] }));
  let running = false;
  let work: Promise<unknown> = Promise.resolve();

  const sendOne = async (client: LoadClient): Promise<boolean> => {
    client.sent += 1;
    const response = await post(url, token, client).catch(() => undefined);
    if (response === undefined) return false;
    client.answeredAt.push(Date.now());
    if (response.status !== 200 || response.text.includes('"errors"'))
      throw new Error(`expected data, got ${response.status} ${response.text}`);
    return true;
  };
  const sendAll = async (client: LoadClient) => {
    while (running && (await sendOne(client)));
  };
  const countAnswers = () => clients.reduce((sum, { answeredAt }) => sum + answeredAt.length, 0);
  const resume = () => {
    running = true;
    work = Promise.all(clients.map(sendAll));
    // Whoever waits for the end is told.
    work.catch(() => undefined);
  };
  resume();
  return {
    clients,
    countAnswers,
    resume,
    pause: async () => {
      running = false;
      await work;
    },
    awaitAnswers: (more) => {
      const wanted = countAnswers() + more;
      return waitUntil(`${more} more answers`, () => countAnswers() >= wanted);
    },
    awaitEnd: async () => void (await work),
  };
}

async function post(url: string, token: string, { name, sent }: LoadClient): Promise<{ status: number; text: string }> {
  const query = `query ${name}($filter: LeadFilter) { leads(first: 1, filter: $filter) { nodes { industry } } }`;
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
      'apollographql-client-name': name,
      'apollographql-client-version': String(sent % 3),
    },
    body: JSON.stringify({ query, variables: sent % 2 === 0 ? {} : { filter: { industry: 'tech' } } }),
  });
  return { status: response.status, text: await response.text() };
}
