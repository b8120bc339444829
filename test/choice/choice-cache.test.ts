import { beforeEach, expect, test } from '@jest/globals';
import { type ChoiceCache, createChoiceCache } from '../../src/choice/choice-cache.ts';
import type { Choice } from '../../src/choice/choice.ts';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';

const [Industry, LeadSource] = choiceRegistry.types as [(typeof choiceRegistry.types)[0], (typeof choiceRegistry.types)[0]];
const choice = (label: string) => ({ label }) as Choice;

let time: number;
let cache: ChoiceCache;
beforeEach(() => {
  time = 1_000;
  cache = createChoiceCache(() => time);
});

const open = (stamp: number, tenant = 'acme', type = Industry) => cache.open(tenant, stamp, type);
const remember = (stamp: number, label: string, tenant = 'acme') => open(stamp, tenant)!.remember('id', '1', choice(label));
const find = (stamp: number, tenant = 'acme') => open(stamp, tenant)?.find('id', '1');

test('what was remembered is found at the same stamp, by the same name, and nowhere else', () => {
  remember(3, 'Tech');
  expect(find(3)).toEqual({ label: 'Tech' });
  expect(open(3)!.find('legacyValue', '1')).toBeUndefined();
  expect(open(3)!.find('id', '2')).toBeUndefined();
  expect(open(3, 'acme', LeadSource)!.find('id', '1')).toBeUndefined();
  expect(find(3, 'globex')).toBeUndefined();
});

test('that there is none is an answer, too', () => {
  open(3)!.remember('legacyValue', 'huh', null);
  expect(open(3)!.find('legacyValue', 'huh')).toBeNull();
});

test('at a later stamp nothing is known, and what was known before is gone for good', () => {
  remember(3, 'Tech');
  expect(find(4)).toBeUndefined();
  remember(4, 'Technology');
  expect(find(4)).toEqual({ label: 'Technology' });
  expect(open(3)).toBeUndefined();
  expect(find(4)).toEqual({ label: 'Technology' });
  expect(cache.count()).toEqual({ tenants: 1, answers: 1 });
});

test('who still reads at an earlier stamp changes nothing for those at a later one', () => {
  const before = open(3)!;
  remember(4, 'Technology');
  before.remember('id', '1', choice('Tech'));
  before.remember('id', '2', choice('Retail'));
  expect(find(4)).toEqual({ label: 'Technology' });
  expect(open(4)!.find('id', '2')).toBeUndefined();
  expect(cache.count()).toEqual({ tenants: 1, answers: 1 });
});

test('what is remembered first stays: both are of one state', () => {
  remember(3, 'Tech');
  remember(3, 'Tech');
  expect(cache.count().answers).toBe(1);
});

test('what leaves no trace in the audit is known for a minute at most', () => {
  remember(3, 'Tech');
  time += 59_999;
  expect(find(3)).toEqual({ label: 'Tech' });
  // What is found does not become younger by it, nor by what is found beside it.
  open(3)!.remember('id', '2', choice('Retail'));
  time += 1;
  expect(find(3)).toBeUndefined();
  expect(cache.count()).toEqual({ tenants: 1, answers: 0 });
});

test('an audit that went back, as after a restore, is believed after a minute', () => {
  remember(9, 'Tech');
  expect(open(3)).toBeUndefined();
  time += 60_000;
  remember(3, 'Before');
  expect(find(3)).toEqual({ label: 'Before' });
});

test('whether anything is known of a type does not depend on the stamp', () => {
  expect(cache.knows('acme', Industry)).toBe(false);
  remember(3, 'Tech');
  expect([cache.knows('acme', Industry), cache.knows('acme', LeadSource), cache.knows('globex', Industry)]).toEqual([true, false, false]);
});

test('20,000 tenants leave 10,000 known, those that were asked for last', () => {
  for (let n = 0; n < 20_000; n++) remember(1, `of ${n}`, `tenant-${n}`);
  expect(cache.count()).toEqual({ tenants: 10_000, answers: 10_000 });
  expect(find(1, 'tenant-19999')).toEqual({ label: 'of 19999' });
  expect(cache.knows('tenant-9999', Industry)).toBe(false);
});

test('tenants with many choices push each other out before there are 200,000 answers', () => {
  const fill = (tenant: string, answers: number) => {
    for (let n = 0; n < answers; n++) open(1, tenant)!.remember('legacyValue', `value ${n}`, null);
  };
  for (let n = 0; n < 25; n++) fill(`tenant-${n}`, 10_000);
  expect(cache.count()).toEqual({ tenants: 20, answers: 200_000 });
  expect(cache.knows('tenant-4', Industry)).toBe(false);
  expect(cache.knows('tenant-5', Industry)).toBe(true);
  fill('huge', 50_000);
  expect(cache.count()).toEqual({ tenants: 19, answers: 200_000 });
  expect(open(1, 'huge')!.find('legacyValue', 'value 19999')).toBeNull();
  expect(open(1, 'huge')!.find('legacyValue', 'value 20000')).toBeUndefined();
});

test('a tenant that was pushed out takes no more room by those who still hold it', () => {
  const held = open(1, 'first')!;
  held.remember('id', '1', choice('Tech'));
  for (let n = 0; n < 10_000; n++) remember(1, 'Tech', `tenant-${n}`);
  expect(cache.knows('first', Industry)).toBe(false);
  held.remember('id', '2', choice('Retail'));
  expect(cache.count()).toEqual({ tenants: 10_000, answers: 10_000 });
});
