import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as after from '../../examples/typed-client/after/create-lead.ts';
import * as afterList from '../../examples/typed-client/after/list-leads.ts';
import * as before from '../../examples/typed-client/before/create-lead.ts';
import * as beforeList from '../../examples/typed-client/before/list-leads.ts';
import { createClient } from '../../examples/typed-client/client.ts';
import { readDocuments } from '../../src/evolution/codemod/read-documents.ts';
import { runCodemod } from '../harness/run-codemod.ts';
import { useServedCrm } from '../harness/served-crm.ts';

const EXAMPLE = 'examples/typed-client';
const FILES = ['leads.graphql', 'create-lead.ts', 'list-leads.ts'];

const served = useServedCrm('migrated');
let copy: string;
let token: string;
beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'typed-client-'));
  await cp(join(EXAMPLE, 'before'), copy, { recursive: true });
  token = await served.api.token('acme', 'writer');
});
afterAll(() => rm(copy, { recursive: true, force: true }));

const read = (folder: string, file: string) => readFile(join(folder, file), 'utf8');

/** The documents of a file, each with the bytes that it has there. */
async function documentsOf(folder: string, file: string): Promise<readonly string[]> {
  const { texts } = await readDocuments({ path: file, text: await read(folder, file) }, 0);
  return texts.map(({ text }) => text);
}

describe('the typed client', () => {
  test('before and after show a person the same', async () => {
    const old = createClient(`${served.api.url}/graphql/2026-01`, token);
    const now = createClient(`${served.api.url}/graphql/2026-11`, token);
    const [ada, alan] = [
      { firstName: 'Ada', lastName: 'Lovelace', industry: 'tech' },
      { firstName: 'Alan', lastName: 'Turing', industry: 'education' },
    ];
    expect([await before.createLead(old, ada), await after.createLead(now, alan)]).toEqual(['tech', 'education']);
    const all = ['Ada Lovelace: tech, new', 'Alan Turing: education, new'];
    expect([await beforeList.listLeads(old), await afterList.listLeads(now)]).toEqual([all, all]);
    expect([await beforeList.listLeads(old, 'tech'), await afterList.listLeads(now, 'tech')]).toEqual([[all[0]], [all[0]]]);
    expect([await beforeList.countTechLeads(old), await afterList.countTechLeads(now)]).toEqual([1, 1]);
  });

  test('the commands of its page prove it, and write the documents of after/ to the byte', async () => {
    const page = await read(EXAMPLE, 'README.md');
    const commands = [...page.matchAll(/choices -- codemod (.*)/g)].map(([, command]) => command!);
    expect(commands).toHaveLength(2);
    const values: Record<string, string> = { '"$URL"': `${served.api.url}/graphql`, '"$TOKEN"': token };
    const run = (command: string) =>
      runCodemod(
        ...command.split(' ').map((word) => values[word] ?? word.replaceAll("'", '').replace('examples/typed-client/before', copy)),
      );

    const { exitCode, stdout } = await run(commands[0]!);
    expect({ exitCode, left: await read(copy, FILES[0]!) }).toEqual({ exitCode: 0, left: await read(`${EXAMPLE}/before`, FILES[0]!) });
    const lines = new Set([...stdout.matchAll(/([\w-]+\.ts):(\d+):\d+ .* sure /g)].map(([, file, line]) => `${file}:${line}`));
    expect(lines).toEqual(await findLinesToFollow());
    expect(page).toContain(`${lines.size} lines`);

    const proof = await run(commands[1]!);
    expect(proof).toMatchObject({ exitCode: 0, stderr: '' });
    expect(proof.stdout).toMatch(/^Leads: 6 values compared, 6 equal, leads finds 1 record as before$/m);
    expect(proof.stdout).toMatch(/^TechLeads: leads finds 1 record as before$/m);
    expect(proof.stdout).toMatch(/^CreateLead: not proven: a mutation is not executed$/m);
    for (const file of FILES) expect(await documentsOf(copy, file)).toEqual(await documentsOf(`${EXAMPLE}/after`, file));
    expect(await read(copy, FILES[0]!)).toBe(await read(`${EXAMPLE}/after`, FILES[0]!));
    expect((await run(commands[0]!)).stdout).toMatch(/\nNothing to rewrite\.\n$/);
    // Of variables that are whole inputs it cannot know that the program follows already.
    const again = await runCodemod(`${EXAMPLE}/after`);
    expect({ exitCode: again.exitCode, rest: again.stdout.replace(/^\S+: \$\w+ of \w+ may hold .*\n/gm, '') }).toEqual({
      exitCode: 0,
      rest: 'What these variables hold is up to the program that gives them.\n\nNothing to rewrite.\n',
    });
  });
});

/** The lines of before/ that are others in after/, beside those of documents. Both have as many. */
async function findLinesToFollow(): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const file of FILES.filter((name) => name.endsWith('.ts'))) {
    const [old, now] = await Promise.all(['before', 'after'].map(async (folder) => (await read(`${EXAMPLE}/${folder}`, file)).split('\n')));
    const documents = (await documentsOf(`${EXAMPLE}/before`, file)).join('\n').split('\n');
    old!.forEach((line, index) => {
      if (line !== now![index] && !documents.includes(line)) found.add(`${file}:${index + 1}`);
    });
  }
  return found;
}
