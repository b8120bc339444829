import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { ANSWERS_WITHIN_MS } from './post.ts';

/** What is asked of a server, over and over. */
export interface Load {
  readonly url: URL;
  /** The same for all requests, or that of a connection's n-th. */
  readonly token?: string | ((n: number, connection: number) => string) | undefined;
  /** The body of a connection's n-th request. */
  body(n: number, connection: number): string;
  /** Every answer's, in bytes: one of another length is not the answer. */
  readonly answerLength: number;
  readonly connections: number;
}

/** What came of it between two moments at which requests were under way. */
export interface Outcome<Costs> {
  readonly requests: number;
  readonly seconds: number;
  /** In milliseconds. */
  readonly latencies: readonly number[];
  readonly costs: Costs;
}

/**
 * Sends one request after the other on each connection, and reads no more of the answers than it must: what it takes itself is
 * taken from whoever is measured. `warmUp` and `duration` in milliseconds; `readCosts` is asked at both ends of the duration.
 * @throws on any answer but the expected one.
 */
export async function sendRequests<Costs>(
  load: Load,
  { warmUp, duration }: { readonly warmUp: number; readonly duration: number },
  readCosts: () => Promise<Costs>,
): Promise<Outcome<readonly [Costs, Costs]>> {
  let running = true;
  let latencies: number[] = [];
  const opened = await Promise.all(
    Array.from({ length: load.connections }, (_, at) =>
      openConnection(load, at, (milliseconds) => {
        latencies.push(milliseconds);
        return running;
      }),
    ),
  );
  const done = Promise.all(opened.map(({ ended }) => ended));
  done.catch(() => undefined);
  const wait = (milliseconds: number) => Promise.race([delay(milliseconds), done]);
  try {
    await wait(warmUp);
    const before = await readCosts();
    const start = performance.now();
    latencies = [];
    await wait(duration);
    const seconds = (performance.now() - start) / 1_000;
    const measured = latencies;
    const after = await readCosts();
    running = false;
    await Promise.race([
      done,
      delay(ANSWERS_WITHIN_MS, undefined, { ref: false }).then(() => Promise.reject(new Error('the last requests were not answered'))),
    ]);
    return { requests: measured.length, seconds, latencies: measured, costs: [before, after] };
  } finally {
    for (const { socket } of opened) socket.destroy();
  }
}

interface Connection {
  readonly socket: Socket;
  /** Once it was told to go on no more. */
  readonly ended: Promise<void>;
}

const HEAD_END = Buffer.from('\r\n\r\n');

/** `onAnswer` says whether to go on. */
async function openConnection(load: Load, at: number, onAnswer: (milliseconds: number) => boolean): Promise<Connection> {
  const { hostname, port } = load.url;
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  let n = 0;
  let sentAt = 0;
  const send = () => {
    socket.write(formatRequest(load, n++, at));
    sentAt = performance.now();
  };
  const ended = new Promise<void>((resolve, reject) => {
    /** Of the answer that is being read: its head until that is whole, then what is missing of its body. */
    let head: Buffer | undefined;
    let missing = -1;
    socket.on('data', (chunk: Buffer) => {
      if (missing < 0) {
        head = head === undefined ? chunk : Buffer.concat([head, chunk]);
        const end = head.indexOf(HEAD_END);
        if (end < 0) return;
        const text = head.toString('latin1', 0, end);
        const length = Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1]);
        if (!text.startsWith('HTTP/1.1 200') || length !== load.answerLength)
          return void reject(new Error(`expected 200 with ${load.answerLength} bytes, got ${head.toString().slice(0, 2_000)}`));
        missing = length - (head.length - end - HEAD_END.length);
        head = undefined;
      } else {
        missing -= chunk.length;
      }
      if (missing > 0) return;
      missing = -1;
      if (onAnswer(performance.now() - sentAt)) send();
      else resolve();
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`${load.url.href} closed the connection`)));
  });
  ended.catch(() => undefined);
  send();
  return { socket, ended };
}

function formatRequest({ url, token: tokenOf, ...load }: Load, n: number, at: number): string {
  const body = load.body(n, at);
  const token = typeof tokenOf === 'function' ? tokenOf(n, at) : tokenOf;
  const authorization = token === undefined ? '' : `authorization: Bearer ${token}\r\n`;
  return `POST ${url.pathname} HTTP/1.1\r\nhost: ${url.host}\r\n${authorization}content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
