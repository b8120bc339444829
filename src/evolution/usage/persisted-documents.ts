import { sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';

/** Finds the text of a document that a client registered; undefined where none did under this id. */
export type DocumentFinder = (documentId: string) => Promise<string | undefined>;

/** How long a text is answered without a look, and how long that there is none, in milliseconds. */
const KNOWN_MS = 60_000;
const UNKNOWN_MS = 2_000;
const MOST_ANSWERS = 2_000;
/** What can be registered. */
const DOCUMENT_ID = /^[!-~]{1,200}$/;

interface Answer {
  readonly body: Promise<string | undefined>;
  endsAt: number;
}

/** Remembers the answers that were asked for last. A document that is registered now is found two seconds later at the latest. */
export function createDocumentFinder(db: Sql, now: () => number = () => performance.now()): DocumentFinder {
  // In the order of their latest use.
  const answers = new Map<string, Answer>();

  const ask = (documentId: string): Answer => {
    const answer: Answer = { body: readBody(db, documentId), endsAt: Infinity };
    answer.body.then(
      (body) => (answer.endsAt = now() + (body === undefined ? UNKNOWN_MS : KNOWN_MS)),
      () => answers.get(documentId) === answer && answers.delete(documentId),
    );
    return answer;
  };

  return async (documentId) => {
    if (!DOCUMENT_ID.test(documentId)) return undefined;
    const known = answers.get(documentId);
    const answer = known !== undefined && now() < known.endsAt ? known : ask(documentId);
    answers.delete(documentId);
    answers.set(documentId, answer);
    if (answers.size > MOST_ANSWERS) answers.delete(answers.keys().next().value!);
    return answer.body;
  };
}

async function readBody(db: Sql, documentId: string): Promise<string | undefined> {
  const { rows } = await sql<{ body: string }>`SELECT body FROM client_document WHERE document_id = ${documentId} LIMIT 1`.execute(db);
  return rows[0]?.body;
}
