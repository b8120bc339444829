import type { TestApi } from '../harness/test-api.ts';

/** An operation of a client. Without variables everything is inline: what it uses can be read off its text. */
export interface CorpusOperation {
  readonly name: string;
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  /** Reads on from page to page: `query` then takes `$cursor`, and the connection is its only root field. */
  readonly pages?: { readonly connection: string; readonly direction: 'forward' | 'backward' };
}

/** Name of an operation, as who sent it and where → what came back, status and bytes. */
export type Corpus = ReadonlyMap<string, string>;

/** Far more than any list here has: a walk that does not end is a fault of its own. */
const MOST_PAGES = 50;
const AT_ONCE = 6;

/** Sends each operation as each sender to each path, and keeps every answer to the byte. */
export async function recordCorpus(
  api: TestApi,
  operations: readonly CorpusOperation[],
  { paths, senders }: { paths: readonly string[]; senders: Readonly<Record<string, string>> },
): Promise<Corpus> {
  const jobs = Object.entries(senders).flatMap(([sender, token]) =>
    paths.flatMap((path) => operations.map((operation) => ({ sender, token, path, operation }))),
  );
  const answers = new Map<string, string>(jobs.map(({ sender, path, operation }) => [`${sender} ${path} ${operation.name}`, '']));
  if (answers.size !== jobs.length) throw new Error('two operations of the corpus have one name');
  const queue = jobs[Symbol.iterator]();
  const work = async () => {
    for (const { sender, token, path, operation } of queue)
      answers.set(`${sender} ${path} ${operation.name}`, await answerOf(api, operation, path, token));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return answers;
}

/** What the operation is answered: for one that reads on, every page's answer. */
export async function answerOf(api: TestApi, operation: CorpusOperation, path: string, token: string): Promise<string> {
  const { query, variables, pages } = operation;
  const texts: string[] = [];
  for (let cursor: string | null = null; texts.length < MOST_PAGES;) {
    const { status, text, body } = await api.send(query, pages ? { cursor } : { ...variables }, { path, token });
    texts.push(`${status} ${text}`);
    const pageInfo = pages && body.data?.[pages.connection]?.pageInfo;
    if (!pageInfo) return texts.join('\n');
    const [more, next] =
      pages.direction === 'forward' ? [pageInfo.hasNextPage, pageInfo.endCursor] : [pageInfo.hasPreviousPage, pageInfo.startCursor];
    if (!more) return texts.join('\n');
    cursor = next;
  }
  throw new Error(`${operation.name}: no end after ${MOST_PAGES} pages`);
}

/** What differs between two recordings of the same operations, for people. */
export function compareCorpora(before: Corpus, after: Corpus): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names]
    .filter((name) => before.get(name) !== after.get(name))
    .map(
      (name) => `${name}\n  before: ${excerpt(before.get(name), after.get(name))}\n  after:  ${excerpt(after.get(name), before.get(name))}`,
    );
}

/** From shortly before the first difference. */
function excerpt(text = 'nothing', other = 'nothing'): string {
  const at = [...text].findIndex((character, index) => character !== other[index]);
  return text.slice(Math.max(0, at - 100), at + 200);
}
