import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runCommand } from '../choice/migrate/verify-faults.ts';
import { connect } from '../choice/writers.ts';
import { tamper } from '../choice/audit/chains.ts';
import { createTestCrm, type TestCrm } from '../harness/test-crm.ts';
import { RecordedStream } from './recorded-stream.ts';

let crm: TestCrm;
beforeAll(async () => {
  crm = await createTestCrm({ phase: 'populated' });
});
afterAll(() => crm.close());

async function run(...argv: string[]): Promise<{ exitCode: number; text: string; errors: string }> {
  const [stdout, stderr] = [new RecordedStream(), new RecordedStream()];
  const exitCode = await runCommand(crm.database.ownerUrl, ['audit', ...argv], { stdout, stderr });
  return { exitCode, text: stdout.text, errors: stderr.text };
}

const headOf = async (slug: string) => (await run('head', '--tenant', slug)).text.trim().split(' ')[1]!;

test('verify prints the head of each chain, and that nothing was found', async () => {
  const { exitCode, text } = await run('verify');
  expect(exitCode).toBe(0);
  expect(text).toMatch(/^_platform 10:[0-9a-f]{64}\nacme \d+:[0-9a-f]{64}\nglobex \d+:[0-9a-f]{64}\n\nNo findings\.\n$/);
  expect(await run('head')).toMatchObject({ exitCode: 0, text: text.split('\n\n')[0] + '\n' });
});

test('of one tenant, by its slug or its id, or of the platform; as JSON', async () => {
  const { id } = crm.tenant('acme');
  for (const name of ['acme', id]) {
    const { exitCode, text } = await run('verify', '--tenant', name, '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(text)).toEqual({
      ok: true,
      chains: [{ tenant: 'acme', tenantId: id, sequence: expect.any(Number), hash: expect.stringMatching(/^[0-9a-f]{64}$/) }],
      findings: [],
    });
  }
  expect(JSON.parse((await run('head', '--tenant', '_platform', '--json')).text)).toMatchObject({
    chains: [{ tenant: null, tenantId: null, sequence: 10 }],
  });
});

test.each([
  [['verify', '--tenant', 'nobody'], '--tenant: expected the slug'],
  [['verify', '--tenant', 'acme', '--expect', `globex=1:${'0'.repeat(64)}`], '--expect: expected the slug'],
  [['verify', '--expect', '12'], '--expect: expected a head such as acme 12:0000… with 64 hexadecimal digits, got "12"'],
  [['verify', '--expect', '\n'], '--expect: expected a head'],
  [['verify', '--expect', `acme 1:${'0'.repeat(64)}\nand more`], 'hexadecimal digits, got "and more"'],
  [['verify', '--expect', `acme 1:${'0'.repeat(65)}`], '--expect: expected a head'],
  [['verify', '--expect', `acme=x:${'0'.repeat(64)}`], '--expect: expected a head'],
  [['head', '--expect', `1:${'0'.repeat(64)}`], '--expect'],
  [[], 'expected a command'],
])('%j is not understood', async (argv, told) => {
  const { exitCode, errors } = await run(...argv);
  expect({ exitCode, errors }).toEqual({ exitCode: 2, errors: expect.stringContaining(told) });
});

test('expects heads as they were printed, one or all of them, however they were kept', async () => {
  const { text: printed } = await run('head');
  const acme = await headOf('acme');
  for (const kept of [
    printed,
    printed.toUpperCase().replaceAll(/^\S+/gm, (name) => name.toLowerCase()),
    printed.trim().replaceAll('\n', '\r\n'),
    printed.replaceAll('\n', '  '),
    ` acme ${acme}\n`,
    `acme=${acme}\n`,
    `${acme}\n${acme}`,
    `${crm.tenant('acme').id} ${acme}`,
  ])
    expect({ kept, ...(await run('verify', '--expect', kept)) }).toMatchObject({ kept, exitCode: 0 });
  const others = printed.replaceAll(/:(.)/g, (_, digit) => (digit === '0' ? ':1' : ':0'));
  expect((await run('verify', '--expect', others)).text.match(/^NOT_THERE \S+/gm)).toEqual(
    ['_platform', 'acme', 'globex'].map((name) => `NOT_THERE ${name}`),
  );
});

test('expects a head of a tenant that is not there any more in vain: exit code 1, and all others are verified', async () => {
  const { exitCode, text } = await run('verify', '--expect', `gone 7:${'a'.repeat(64)}`);
  expect(exitCode).toBe(1);
  expect(text).toContain(`\nNOT_THERE gone 7: no entry is 7:${'a'.repeat(64)}: there is no such chain\n\n1 finding.\n`);
  expect(text).toContain('\nglobex ');
});

describe('what somebody with the owner’s rights did', () => {
  test('shows as the first entry that is not as it was written: exit code 1', async () => {
    const head = await headOf('acme');
    const client = await connect(crm.database.ownerUrl);
    await tamper(client, `UPDATE choice_change SET actor = 'nobody' WHERE tenant_id = '${crm.tenant('acme').id}' AND sequence IN (4, 6)`);
    await client.end();
    const { exitCode, text } = await run('verify', '--expect', `acme=${head}`);
    expect(exitCode).toBe(1);
    expect(text).toContain('\nALTERED acme 4: entry 4 is not as it was written\n\n1 finding.\n');
    expect(JSON.parse((await run('verify', '--json')).text)).toMatchObject({
      ok: false,
      findings: [{ code: 'ALTERED', tenant: 'acme', sequence: 4 }],
    });
    expect(await run('verify', '--tenant', 'globex')).toMatchObject({ exitCode: 0 });
  });

  test('shows by a head that was kept, where a tail was cut off', async () => {
    const head = await headOf('globex');
    const { id } = crm.tenant('globex');
    const client = await connect(crm.database.ownerUrl);
    await tamper(
      client,
      `DELETE FROM choice_change WHERE tenant_id = '${id}' AND sequence > 9;
       UPDATE choice_chain SET sequence = 9, hash = (SELECT hash FROM choice_change WHERE tenant_id = '${id}' AND sequence = 9) WHERE tenant_id = '${id}'`,
    );
    await client.end();
    expect(await run('verify', '--tenant', 'globex')).toMatchObject({ exitCode: 0 });
    for (const expected of [head, `globex ${head}`, `globex=${head}`, `${id}=${head}`]) {
      const { exitCode, text } = await run('verify', '--tenant', 'globex', '--expect', expected);
      expect(exitCode).toBe(1);
      expect(text).toMatch(/^NOT_THERE \S+ \d+: no entry is /m);
    }
  });
});
