import { afterEach, describe, expect, test } from '@jest/globals';
import { createMergeCrm, insertPastTriggers, LEAD, type MergeCrm } from './merge-crm.ts';

let merging: MergeCrm;
/** By the string that they were made with. */
let leads: Record<'energy' | 'Bank' | 'finance', string>;
const start = async (phase: 'populated' | 'migrated' | 'contracted') => {
  merging = await createMergeCrm(phase, async (crm) => {
    leads = {
      energy: await crm.insert(LEAD, 'energy'),
      Bank: await crm.insert(LEAD, 'Bank'),
      finance: await crm.insert(LEAD, 'finance'),
    };
  });
};
afterEach(() => merging.close());

const listed = (...ids: string[]) => ({ total: ids.length, records: ids.sort().map((id) => ({ field: LEAD.coordinate, id })) });
const readRows = async () => {
  const rows = await merging.read(LEAD);
  return Object.values(leads).map((id) => rows.get(id));
};

describe.each(['migrated', 'contracted'] as const)('at %s, an edit that came after a merge is listed when that is undone,', (phase) => {
  test.each([
    ['another', 'retail'],
    ['the same', 'tech'],
  ])('also where the choice that it chose was merged into %s choice since and parted again', async (_, survivor) => {
    await start(phase);
    await merging.merge(['energy'], 'tech');
    await merging.settle();
    await merging.write(LEAD, leads.energy, 'Bank');
    await merging.merge(['finance'], survivor);
    await merging.settle();
    expect((await merging.undo('finance')).edited).toEqual(listed());
    await merging.settle();
    expect((await merging.undo('energy')).edited).toEqual(listed(leads.energy));
  });

  test('also where it chose a choice that is on its way back from the same survivor', async () => {
    await start(phase);
    await merging.merge(['energy'], 'retail');
    await merging.merge(['finance'], 'retail');
    await merging.settle();
    await merging.write(LEAD, leads.energy, 'finance');
    await merging.undo('finance', { mostAtOnce: 0 });
    expect((await merging.undo('energy')).edited).toEqual(listed(leads.energy));
  });

  test('and no more once the choice that it chose was merged on and parted: each goes by its own merge', async () => {
    await start(phase);
    await merging.merge(['finance'], 'tech');
    await merging.merge(['tech'], 'retail');
    await merging.settle();
    expect((await merging.undo('tech')).edited).toEqual(listed());
    await merging.settle();
    await merging.write(LEAD, leads.Bank, 'energy');
    expect((await merging.undo('finance')).edited).toEqual(listed(leads.Bank));
    await merging.settle();
    expect(await readRows()).toEqual([
      ['energy', 'energy'],
      ['energy', 'energy'],
      ['finance', 'finance'],
    ]);
  });

  test('also where it gave a record of the middle choice a string of the first, which parted first', async () => {
    await start(phase);
    await merging.merge(['energy'], 'finance');
    await merging.merge(['finance'], 'retail');
    await merging.settle();
    await merging.write(LEAD, leads.Bank, 'energy');
    expect((await merging.undo('energy')).edited).toEqual(listed());
    await merging.settle();
    expect((await merging.undo('finance')).edited).toEqual(listed(leads.Bank));
  });

  test('and only then: not again when the merge is undone by which its choice had been led on', async () => {
    await start(phase);
    await merging.merge(['energy'], 'finance');
    await merging.merge(['finance'], 'retail');
    await merging.settle();
    await merging.write(LEAD, leads.energy, 'tech');
    expect((await merging.undo('energy', { mostAtOnce: 0 })).edited).toEqual(listed(leads.energy));
    expect((await merging.undo('finance')).edited).toEqual(listed());
    await merging.settle();
    const { rows } = await merging.client.query('SELECT FROM choice_merge_row');
    expect(rows).toHaveLength(0);
  });

  test('and not where it was taken back: whose a record was is what its string said, though it had not followed yet', async () => {
    await start(phase);
    await merging.merge(['energy'], 'finance');
    await merging.settle();
    await merging.merge(['finance'], 'retail', { mostAtOnce: 0 });
    await merging.write(LEAD, leads.energy, 'tech');
    await merging.settle();
    await merging.write(LEAD, leads.energy, 'energy');
    expect((await merging.undo('energy')).edited).toEqual(listed());
    await merging.settle();
    expect((await merging.undo('finance')).edited).toEqual(listed());
  });
});

test('records that have no ref, since their field was expanded again, are whose their string says when a merge is undone', async () => {
  await start('migrated');
  await merging.merge(['finance'], 'tech');
  await merging.settle();
  const { crm } = merging;
  await merging.write(LEAD, leads.Bank, 'retail');
  await crm.rollback('legacy');
  await crm.expand();
  await crm.populate();
  expect((await merging.undo('finance')).edited).toEqual(listed(leads.Bank));
  await crm.migrate();
  expect(await readRows()).toEqual([
    ['energy', 'energy'],
    ['retail', 'retail'],
    ['finance', 'finance'],
  ]);
});

test('a record that had no ref yet, and was given another value since, is listed when the merge is undone', async () => {
  await start('populated');
  const insert = (value: string) => insertPastTriggers(merging, LEAD, value, null);
  const [away, none, own, before] = [await insert('Bank'), await insert('finance'), await insert('finance'), await insert('Bank')];
  await merging.write(LEAD, before, 'tech');
  await merging.merge(['finance'], 'tech');
  await merging.write(LEAD, away, 'retail');
  await merging.write(LEAD, none, '');
  await merging.write(LEAD, own, 'Bank');
  expect((await merging.undo('finance')).edited).toEqual(listed(away, none));
});

test.each([
  ['filled by the migration', () => merging.crm.migrate()],
  ['named by whoever writes it', async () => merging.client.query('UPDATE lead SET industry_id = $1', [await merging.id('tech')])],
])('a record whose ref is %s after the merge is listed once it was given another value', async (_, fill) => {
  await start('populated');
  const ids = [await insertPastTriggers(merging, LEAD, 'Bank', null), await insertPastTriggers(merging, LEAD, 'finance', null)];
  await merging.merge(['finance'], 'tech');
  await merging.settle();
  await fill();
  await merging.write(LEAD, ids[0]!, 'retail');
  expect((await merging.undo('finance')).edited).toEqual(listed(ids[0]!));
});
