import { Agent, request } from 'node:http';
import { type MeasuredOperation, WORKERS } from './operations.ts';

/** Names of clients and versions of each: rows of their own where use is recorded. */
const CLIENTS = 20;
const VERSIONS = 3;

export interface Target {
  readonly url: string;
  readonly token: string;
  readonly operation: MeasuredOperation;
}

const agent = new Agent({ keepAlive: true, maxSockets: WORKERS });

/** Sends one request after the other from each worker, for some time; answers how many were answered. @throws on any other answer than data. */
export async function sendRequests({ url, token, operation }: Target, milliseconds: number): Promise<number> {
  const end = performance.now() + milliseconds;
  let sent = 0;
  const work = async (worker: number) => {
    while (performance.now() < end) {
      const n = sent++;
      const { status, text } = await post(url, operation.body(n, worker), {
        ...headersOf(n),
        authorization: `Bearer ${token}`,
      });
      if (status !== 200 || text.includes('"errors":')) throw new Error(`expected data, got ${status} ${text}`);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(worker)));
  return sent;
}

/** Of the n-th request: who sends it. */
export function headersOf(n: number): Readonly<Record<string, string>> {
  return { 'apollographql-client-name': `client ${n % CLIENTS}`, 'apollographql-client-version': `1.${n % VERSIONS}` };
}

function post(url: string, body: string, headers: Readonly<Record<string, string>>): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sending = request(
      url,
      { method: 'POST', agent, headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => (text += part));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        response.on('error', reject);
      },
    );
    sending.on('error', reject);
    sending.end(body);
  });
}
