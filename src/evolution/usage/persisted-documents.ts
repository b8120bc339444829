import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import { inTurn } from './in-turn.ts';

/** Who names a document instead of sending it, as it calls itself; `''` for what it does not say. */
export interface DocumentCaller {
  readonly client: string;
  readonly clientVersion: string;
}

export type DocumentLookup =
  | { readonly kind: 'found'; readonly body: string }
  /** `registersHashes`: whether the client of the caller registered any document by its hash; of a caller without a name, whether anybody did. */
  | { readonly kind: 'unknown'; readonly registersHashes: boolean }
  /** Several texts have the id, and the caller does not say enough about itself to tell them apart. */
  | { readonly kind: 'ambiguous' };

/**
 * Finds the text that an id stands for. An id which is the hash of a text stands for it, whoever asks. Any other belongs to the client
 * that registered it: to the version of the caller, or to the client where that version registered nothing. To a caller whose client
 * registered nothing it stands for the one text that has it.
 */
export type DocumentFinder = (documentId: string, caller: DocumentCaller) => Promise<DocumentLookup>;

/** How long it may go unnoticed that somebody registered documents or took them back, in milliseconds. */
const UNNOTICED_MS = 2_000;
/** Ids whose texts are remembered, also that they have none: those that were asked for last. */
const MOST_IDS = 2_000;
/** What can be registered. */
const DOCUMENT_ID = /^[!-~]{1,200}$/;
const PREFIX = 'sha256:';
const SHA256 = /^(?:sha256:)?([0-9a-f]{64})$/;

/** A text under an id, and who registered it: clients, and versions of clients. Nobody, where the id is its hash. */
interface RegisteredText {
  readonly body: string;
  readonly isHashed: boolean;
  readonly clients: Set<string>;
  readonly versions: Set<string>;
}

/** Who registered documents. */
interface Registrants {
  /** Changes whenever anything is registered or taken back. */
  readonly state: string;
  /** Whether the client registered any by hash. */
  readonly clients: ReadonlyMap<string, boolean>;
  readonly versions: ReadonlySet<string>;
}

/**
 * Remembers what was asked for last, until somebody registers or takes back documents. However many ask for however many ids, one
 * statement runs at a time, with all ids that were asked for meanwhile.
 */
export function createDocumentFinder(db: Sql, now: () => number = () => performance.now()): DocumentFinder {
  // In the order of their latest use.
  const remembered = new Map<string, readonly RegisteredText[]>();
  let registrants: Registrants = { state: '', clients: new Map(), versions: new Set() };
  let lookAgainAt = -Infinity;
  let wanted = new Map<string, { texts: readonly RegisteredText[] }>();

  const look = inTurn(async () => {
    const asked = wanted;
    wanted = new Map();
    if (now() >= lookAgainAt) {
      const latest = await readRegistrants(db);
      if (latest.state !== registrants.state) remembered.clear();
      registrants = latest;
      lookAgainAt = now() + UNNOTICED_MS;
    }
    const known = new Map([...asked.keys()].map((id) => [id, remembered.get(id)]));
    const ids = [...known].filter(([id, texts]) => texts === undefined && mayBeRegistered(id, registrants)).map(([id]) => id);
    const found = ids.length === 0 ? undefined : await readTexts(db, ids);
    for (const [id, answer] of asked) {
      answer.texts = known.get(id) ?? found?.get(id) ?? [];
      remember(id, answer.texts);
    }
  });
  const remember = (id: string, texts: readonly RegisteredText[]) => {
    remembered.delete(id);
    remembered.set(id, texts);
    if (remembered.size > MOST_IDS) remembered.delete(remembered.keys().next().value!);
  };
  const findTexts = async (id: string) => {
    const known = remembered.get(id);
    if (known !== undefined && now() < lookAgainAt) {
      remember(id, known);
      return known;
    }
    const answer = wanted.get(id) ?? { texts: [] };
    wanted.set(id, answer);
    await look();
    return answer.texts;
  };

  return async (documentId, caller) => {
    if (!DOCUMENT_ID.test(documentId)) return { kind: 'unknown', registersHashes: false };
    return chooseText(await findTexts(stripAlgorithm(documentId)), caller, registrants);
  };
}

function chooseText(texts: readonly RegisteredText[], caller: DocumentCaller, { clients, versions }: Registrants): DocumentLookup {
  const { client, clientVersion } = caller;
  const ofVersion = (version: string) => (text: RegisteredText) => text.versions.has(nameVersion(client, version));
  // What is registered without a version is for all of them.
  const scopes: ((text: RegisteredText) => boolean)[] = [({ isHashed }) => isHashed];
  if (!clients.has(client)) scopes.push(() => true);
  else if (versions.has(nameVersion(client, clientVersion))) scopes.push(ofVersion(clientVersion), ofVersion(''));
  else scopes.push(ofVersion(''), (text) => text.clients.has(client));

  for (const scope of scopes) {
    const [text, ...others] = texts.filter(scope);
    if (others.length > 0) return { kind: 'ambiguous' };
    if (text !== undefined) return { kind: 'found', body: text.body };
  }
  return { kind: 'unknown', registersHashes: client === '' ? [...clients.values()].includes(true) : (clients.get(client) ?? false) };
}

/** Many clients ask for hashes that nobody registered: they try whether the server remembers what it is sent. */
function mayBeRegistered(id: string, { clients }: Registrants): boolean {
  return SHA256.test(id) ? [...clients.values()].includes(true) : clients.size > 0;
}

async function readRegistrants(db: Sql): Promise<Registrants> {
  const { rows } = await sql<DocumentCaller & { byHash: boolean }>`
    SELECT client, client_version AS "clientVersion", count(*) AS documents, max(registered_at)::text AS latest,
      bool_or(document_id ~ ${SHA256.source}) AS "byHash"
    FROM client_document GROUP BY client, client_version ORDER BY client, client_version`.execute(db);
  const clients = new Map<string, boolean>();
  for (const { client, byHash } of rows) clients.set(client, byHash || clients.get(client) === true);
  const versions = new Set(rows.map(({ client, clientVersion }) => nameVersion(client, clientVersion)));
  return { state: JSON.stringify(rows), clients, versions };
}

/** The texts of ids without the name of an algorithm: manifests have it or not, and so do requests. */
async function readTexts(db: Sql, ids: readonly string[]): Promise<Map<string, RegisteredText[]>> {
  const forms = ids.flatMap((id) => (SHA256.test(id) ? [id, `${PREFIX}${id}`] : [id]));
  const { rows } = await sql<{ id: string; body: string; owners: [client: string, clientVersion: string][] }>`
    SELECT document_id AS id, body, jsonb_agg(jsonb_build_array(client, client_version)) AS owners
    FROM client_document WHERE document_id = ANY (${forms}::text[]) GROUP BY document_id, body`.execute(db);
  const found = new Map<string, Map<string, RegisteredText>>();
  for (const { id: form, body, owners } of rows) {
    const id = stripAlgorithm(form);
    const texts = found.get(id) ?? new Map<string, RegisteredText>();
    found.set(id, texts);
    const text = texts.get(body) ?? { body, isHashed: isHashOf(id, body), clients: new Set(), versions: new Set() };
    texts.set(body, text);
    if (!text.isHashed)
      for (const [client, clientVersion] of owners) {
        text.clients.add(client);
        text.versions.add(nameVersion(client, clientVersion));
      }
  }
  return new Map([...found].map(([id, texts]) => [id, [...texts.values()]]));
}

/** SHA-256 as Apollo's tools make it, or SHA-1, the default of graphql-codegen. */
function isHashOf(id: string, body: string): boolean {
  const algorithm = { 64: 'sha256', 40: 'sha1' }[id.length];
  return algorithm !== undefined && createHash(algorithm).update(body).digest('hex') === id;
}

function stripAlgorithm(documentId: string): string {
  return SHA256.exec(documentId)?.[1] ?? documentId;
}

function nameVersion(client: string, clientVersion: string): string {
  return `${client}\n${clientVersion}`;
}
