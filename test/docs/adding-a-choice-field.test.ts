import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runShell } from '../harness/run-command.ts';
import { startProgram, type RunningProgram } from '../harness/running-program.ts';
import { createTestCrm, type TestCrm } from '../harness/test-crm.ts';
import { applyBlock, type CodeBlock, copyRepository, readCodeBlocks } from './recipe.ts';

const SECRET = 'a secret for tests that is long enough';

describe('docs/adding-a-choice-field.md, followed in a copy of the repository', () => {
  let crm: TestCrm;
  let copy: Awaited<ReturnType<typeof copyRepository>>;
  let blocks: CodeBlock[];
  let env: Record<string, string>;
  let server: RunningProgram | undefined;

  beforeAll(async () => {
    crm = await createTestCrm({ phase: 'populated', tenants: ['acme'] });
    copy = await copyRepository();
    blocks = readCodeBlocks(await readFile('docs/adding-a-choice-field.md', 'utf8'));
    env = { DATABASE_URL: crm.database.ownerUrl, AUTH_SECRET: SECRET, PORT: '0' };
  });
  afterAll(async () => {
    await server?.stop();
    await copy.remove();
    await crm.close();
  });

  const commands = (from: number, to?: number) =>
    blocks
      .filter((block) => block.language === 'sh')
      .slice(from, to)
      .flatMap((block) => block.text.trim().split('\n'));
  const run = (line: string) => runShell(line, { cwd: copy.folder, env });

  test('one entry and one migration are all there is to write', async () => {
    const files = blocks.filter((block) => block.file !== undefined);
    expect(files.map((block) => block.file)).toEqual([
      'src/database/migrations/0014-lead-region.ts',
      'src/database/migrations/list.ts',
      'src/crm/choice-fields.ts',
    ]);
    for (const block of files) await applyBlock(copy.folder, block);
    expect(await run('npx tsc -p tsconfig.json')).toMatchObject({ exitCode: 0 });
  });

  test('the schema gains the new members and older versions stay as they are', async () => {
    const [write] = commands(0, 1);
    expect(await run(write!)).toMatchObject({ exitCode: 0 });
    const [before, after] = await Promise.all(['.', copy.folder].map((folder) => readFile(join(folder, 'schema/2026-11.graphql'), 'utf8')));
    const added = new Set(
      after!
        .split('\n')
        .filter((line) => !before!.includes(line.trim()))
        .map((line) => line.trim()),
    );
    for (const line of [
      'regionRef: Region',
      'regionLabel: String',
      'type Region implements Choice {',
      'LEAD_REGION',
      'regionRef: ChoiceRefInput',
      'regionRef: ChoiceFilter',
      'REGION',
    ])
      expect(added).toContain(line);
    expect(await readFile(join(copy.folder, 'schema/2026-01.graphql'), 'utf8')).toBe(await readFile('schema/2026-01.graphql', 'utf8'));
  });

  test('the commands take the field live', async () => {
    const [up, ...phases] = commands(1, 2);
    expect(await run(up!)).toMatchObject({ exitCode: 0 });
    const insert = `
      INSERT INTO lead (tenant_id, first_name, last_name, email, company, industry, lead_source, region)
      SELECT $1, 'Ada', 'Byron', 'ada@example.com', 'Engines', 'tech', 'web', region FROM unnest(ARRAY['emea', 'apac', 'EMEA', 'the moon', '', NULL]) AS region`;
    await crm.owner.pool.query(insert, [crm.tenant('acme').id]);
    const codes = [];
    for (const line of phases) codes.push((await run(line)).exitCode);
    expect(codes).toEqual([0, 0, 3]);
    for (const line of commands(2, 3)) expect({ line, ...(await run(line)) }).toMatchObject({ line, exitCode: 0 });
  });

  test('the API answers, filters, orders and writes it in both shapes', async () => {
    server = await startProgram(join(copy.folder, 'dist/main.js'), ['serve'], { env, cwd: copy.folder });
    const url = await server.ready;
    const { stdout: token } = await run('npm run -s choices -- token --tenant acme --role writer');
    const send = async (query: string) => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${token.trim()}` };
      return (await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) })).json();
    };
    const list = await send(
      '{ leads(orderBy: [{ field: REGION }], filter: { regionRef: { isNull: false } }) { nodes { region regionRef { key } regionLabel } } }',
    );
    expect(list).toHaveProperty('data.leads.nodes', [
      { region: 'emea', regionRef: { key: 'emea' }, regionLabel: 'Europe, Middle East, Africa' },
      { region: 'EMEA', regionRef: { key: 'emea' }, regionLabel: 'Europe, Middle East, Africa' },
      { region: 'apac', regionRef: { key: 'apac' }, regionLabel: 'Asia and Pacific' },
    ]);
    expect(list).toHaveProperty('extensions.deprecations', [expect.objectContaining({ coordinate: 'Lead.region' })]);
    const create = await send(
      'mutation { createLead(input: { firstName: "Eva", lastName: "Lu", email: "eva@example.com", company: "Engines", industry: "tech", leadSource: "web", regionRef: { key: "americas" } }) { lead { region regionLabel } } }',
    );
    expect(create).toHaveProperty('data', { createLead: { lead: { region: 'americas', regionLabel: 'Americas' } } });
    const options = await send(
      '{ choiceOptions(field: LEAD_REGION) { source options { key } } choices(type: REGION) { __typename } choiceFields { coordinate phase } }',
    );
    expect(options).toMatchObject({
      data: { choiceOptions: { source: 'DYNAMIC', options: [{ key: 'emea' }, { key: 'apac' }, { key: 'americas' }] } },
    });
    expect(options).toHaveProperty('data.choiceFields', expect.arrayContaining([{ coordinate: 'Lead.region', phase: 'MIGRATED' }]));
  });
});
