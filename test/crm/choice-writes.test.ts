import { describe } from '@jest/globals';
import { addColumns, fillColumns, openWindow } from '../harness/regimes.ts';
import type { TestCrm } from '../harness/test-crm.ts';
import { describeChoiceWrites } from './choice-writes.ts';

const prefer = async (crm: TestCrm) => {
  await crm.migrate();
  await crm.prefer();
};
const contract = async (crm: TestCrm) => {
  await prefer(crm);
  await crm.contract();
};

describe.each<[string, (crm: TestCrm) => Promise<void>]>([
  ['populated', async () => undefined],
  ['preferred', prefer],
  [
    'preferred, with servers that name the column no more',
    async (crm) => {
      await prefer(crm);
      await openWindow(crm);
    },
  ],
  ['contracted', contract],
  [
    'contracted, with a column that is not filled yet',
    async (crm) => {
      await contract(crm);
      await addColumns(crm);
    },
  ],
  [
    'contracted, with servers that name the column again',
    async (crm) => {
      await contract(crm);
      await fillColumns(crm);
    },
  ],
])('at %s', (_where, enter) => describeChoiceWrites(enter));
