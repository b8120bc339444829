import type { ChoiceRegistry } from '../choice/choice-registry.ts';
import { demoId } from './demo-id.ts';
import type { DemoTenant, LegacyValue } from './demo-tenants.ts';
import { COMPANY_KINDS, COMPANY_NAMES, COUNTRIES, DEALS, FIRST_NAMES, JOB_TITLES, LAST_NAMES, TASKS } from './demo-words.ts';
import { createRandom, type Random } from './random.ts';

/** Column → value, as the columns were before the change. */
export type DemoRecord = Readonly<Record<string, string | number | null>> & { readonly id: string };

/** Records by the table that they go into, in an order in which each finds those that it refers to. */
export type DemoRecords = Readonly<Record<'account' | 'lead' | 'opportunity' | 'task', readonly DemoRecord[]>>;

const FIRST_DAY = Date.UTC(2019, 0, 7);
const LAST_DAY = Date.UTC(2025, 11, 19);
const MINUTE = 60_000;
/** Of how many records one has a value of the tenant's own. */
const MESS_EVERY = 8;

/** The legacy id of the n-th record of a table, from 1. Those of an export do not look like this. */
export function demoLegacyId(number: number): string {
  return `demo-${number}`;
}

/** The records of a tenant: the same ones every time, on every machine. Choice fields get values by their declaration. */
export function generateRecords(registry: ChoiceRegistry, tenant: DemoTenant): DemoRecords {
  const { records } = tenant;
  const account = generate(registry, tenant, 'Account', spread(records.accounts, 0), generateAccount);
  const lead = generate(registry, tenant, 'Lead', spread(records.leads, 0), generateLead);
  const opportunity = generate(registry, tenant, 'Opportunity', spread(records.opportunities, 1), (random, choices, slot) =>
    generateOpportunity(random, pickOlder(random, account, slot), choices),
  );
  const task = generate(registry, tenant, 'Task', spread(records.tasks, 1), (random, _, slot) =>
    generateTask(random, pickOlder(random, lead, slot)),
  );
  return { account, lead, opportunity, task };
}

/** One of equal parts of the years. A record's moment lies in a part of its own, so that ids, legacy ids and times sort alike. */
interface Slot {
  readonly index: number;
  readonly of: number;
}

/** So many slots, without the first `skipped`: a record that refers to another one finds some before it. */
function spread(count: number, skipped: number): Slot[] {
  return Array.from({ length: count }, (_, index) => ({ index: index + skipped, of: count + skipped }));
}

function generate(
  registry: ChoiceRegistry,
  tenant: DemoTenant,
  owner: string,
  slots: readonly Slot[],
  fill: (random: Random, choices: Readonly<Record<string, LegacyValue>>, slot: Slot) => object,
): DemoRecord[] {
  const random = createRandom(`${tenant.slug} ${owner}`);
  const choose = createChooser(registry, tenant, owner, random);
  return slots.map((slot, index) => {
    const moment = momentIn(random, slot);
    const created = moment.toISOString();
    const choices = choose();
    return {
      id: demoId(moment, random),
      legacy_id: demoLegacyId(index + 1),
      ...choices,
      ...fill(random, choices, slot),
      created_at: created,
      updated_at: created,
    };
  });
}

function momentIn(random: Random, { index, of }: Slot): Date {
  const length = Math.floor((LAST_DAY - FIRST_DAY) / of / MINUTE);
  return new Date(FIRST_DAY + (index * length + random.below(length)) * MINUTE);
}

/** One whose slot is over before this one begins. */
function pickOlder(random: Random, candidates: readonly DemoRecord[], { index, of }: Slot): DemoRecord {
  return candidates[random.below(Math.floor((index * candidates.length) / of))]!;
}

/** Values of a record's choice fields by column. Each value of the tenant's own comes at least once, if there are records enough. */
function createChooser(registry: ChoiceRegistry, tenant: DemoTenant, owner: string, random: Random): () => Record<string, LegacyValue> {
  const fields = registry.fieldsOf(owner).map((field) => {
    const own = tenant.mess[field.coordinate] ?? [];
    const unused = [...own];
    const chooseOwn = () => {
      const first = unused.shift();
      return first === undefined ? random.pickEarly(own) : first;
    };
    return { field, choose: () => (own.length > 0 && random.onceIn(MESS_EVERY) ? chooseOwn() : random.pickEarly(field.hardcoded)[0]) };
  });
  return () => Object.fromEntries(fields.map(({ field, choose }) => [field.legacyColumn, choose()]));
}

function generateAccount(random: Random) {
  const name = generateCompany(random);
  return { name, website: random.onceIn(6) ? null : `https://${domainOf(name)}`, country: random.pickEarly(COUNTRIES) };
}

function generateLead(random: Random) {
  const first = random.pick(FIRST_NAMES);
  const last = random.pick(LAST_NAMES);
  const company = generateCompany(random);
  return {
    first_name: first,
    last_name: last,
    email: `${asciiOf(first)}.${asciiOf(last)}@${domainOf(company)}`,
    phone: random.onceIn(4) ? null : `+1-555-01${String(random.below(100)).padStart(2, '0')}`,
    company,
    job_title: random.onceIn(5) ? null : random.pickEarly(JOB_TITLES),
    country: random.pickEarly(COUNTRIES),
    lead_score: random.below(101),
    annual_revenue: random.onceIn(3) ? null : `${(1 + random.below(400)) * 125_000}.00`,
  };
}

const AMOUNTS: Readonly<Record<string, number>> = { small: 2_000, medium: 12_000, large: 60_000, enterprise: 300_000 };

function generateOpportunity(random: Random, account: DemoRecord, choices: Readonly<Record<string, LegacyValue>>) {
  const least = AMOUNTS[choices.deal_size_category ?? ''] ?? 5_000;
  return {
    account_id: account.id,
    name: `${String(account.name)}: ${random.pick(DEALS)}`,
    amount: random.onceIn(9) ? null : `${least + random.below(4 * least)}.00`,
  };
}

function generateTask(random: Random, lead: DemoRecord) {
  const title = random.pick(TASKS);
  return random.onceIn(7)
    ? { title, lead_id: null }
    : { title: `${title}: ${String(lead.first_name)} ${String(lead.last_name)}`, lead_id: lead.id };
}

function generateCompany(random: Random): string {
  return `${random.pick(COMPANY_NAMES)} ${random.pick(COMPANY_KINDS)}`;
}

function domainOf(company: string): string {
  return `${asciiOf(company).replaceAll(' ', '-')}.example.com`;
}

function asciiOf(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
