import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { readCodeBlocks } from '../../docs/recipe.ts';
import { createTestCrm } from '../../harness/test-crm.ts';
import { waitUntilBlocked } from '../sessions.ts';
import { connect } from '../writers.ts';
import { readChanges, readSequence } from './chains.ts';

test('the SQL of the page records what it says, and waits for an edit that is under way before it holds a row', async () => {
  const [block, ...more] = readCodeBlocks(await readFile('docs/choice-audit.md', 'utf8')).filter(({ language }) => language === 'sql');
  expect(more).toEqual([]);
  const crm = await createTestCrm({ phase: 'populated' });
  const [editor, follower, observer] = await Promise.all([0, 1, 2].map(() => connect(crm.database.ownerUrl)));
  const globex = crm.tenant('globex').id;
  const from = await readSequence(observer!, globex);
  await editor!.query('BEGIN');
  await editor!.query('SELECT lock_choice_chain($1)', [globex]);
  const followed = follower!.query(block!.text);
  await waitUntilBlocked(observer!, editor!);
  await editor!.query(`UPDATE industry SET label = 'Power' WHERE tenant_id = $1 AND key = 'energy'`, [globex]);
  await editor!.query('COMMIT');
  await followed;
  expect(await readChanges(observer!, globex, from)).toMatchObject([
    { actor: 'choices_owner', operation: null, after: { key: 'energy', label: 'Power', active: true } },
    { actor: 'ada', operation: 'clean up', reason: 'ticket 7', after: { key: 'energy', label: 'Power', active: false } },
  ]);
  await Promise.all([editor, follower, observer].map((client) => client!.end()));
  await crm.close();
});
