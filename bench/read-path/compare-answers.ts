import { createHash } from 'node:crypto';
import type { Contender, ContenderRequest } from './contenders.ts';
import type { Operation } from './operations.ts';
import { post } from './post.ts';
import type { RunningServer } from './start-server.ts';

/** How a server is sent an operation, once it is known that it answers what the others do. */
export interface CheckedRequest extends ContenderRequest {
  readonly url: URL;
  /** In bytes. */
  readonly answerLength: number;
  /** Of the leads in the answer: the same for every server. */
  readonly digest: string;
}

/** Who can be asked for what, in the order of the contenders. */
export type CheckedRequests = ReadonlyMap<Contender, CheckedRequest>;

/**
 * Asks every server for the operation.
 * @throws with both answers where one is not the first one's.
 */
export async function compareAnswers(operation: Operation, servers: ReadonlyMap<Contender, RunningServer>): Promise<CheckedRequests> {
  const checked = new Map<Contender, CheckedRequest>();
  let expected: { name: string; leads: string } | undefined;
  for (const [contender, server] of servers) {
    const request = await contender.request(operation, server.url);
    if (request === undefined) continue;
    const url = new URL(request.path, server.url);
    const text = await post({ url, token: contender.token, body: request.body(0, 0) });
    const leads = JSON.stringify(readLeads(contender.name, text));
    expected ??= { name: contender.name, leads };
    if (leads !== expected.leads)
      throw new Error(
        `${operation.name}: expected the same leads of everybody\n${expected.name}: ${excerpt(expected.leads)}\n${contender.name}: ${excerpt(leads)}`,
      );
    const digest = createHash('sha256').update(leads).digest('hex');
    checked.set(contender, { ...request, url, answerLength: Buffer.byteLength(text), digest });
  }
  return checked;
}

interface Answer {
  readonly data?: { readonly leads?: unknown; readonly updateLead?: { readonly lead: unknown } };
}

/** The leads of an answer, without what a connection wraps them in. */
function readLeads(name: string, text: string): unknown {
  const { data } = JSON.parse(text) as Answer;
  const leads = (data?.leads as { nodes?: unknown } | undefined)?.nodes ?? data?.leads ?? data?.updateLead?.lead;
  if (leads === undefined || text.includes('"errors":')) throw new Error(`${name}: expected leads, got ${excerpt(text)}`);
  return leads;
}

const LONGEST = 3_000;
const excerpt = (text: string) => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
