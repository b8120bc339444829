import type { ChoiceRegistry } from '../choice/choice-registry.ts';
import { demoId } from './demo-id.ts';
import type { DemoTenant, LegacyValue } from './demo-tenants.ts';
import { COMPANY_KINDS, COMPANY_NAMES, COUNTRIES, DEALS, FIRST_NAMES, JOB_TITLES, LAST_NAMES, TASKS } from './demo-words.ts';
import { createRandom, type Random } from './random.ts';

/** Column → value, as the columns were before the change. */
export type DemoRecord = Readonly<Record<string, string | number | null>> & { readonly id: string };

/** Records by the table that they go into, in an order in which each finds those that it refers to. */
export type DemoRecords = Readonly<Record<'account' | 'lead' | 'opportunity' | 'task', readonly DemoRecord[]>>;

/** What the import's legacy ids cannot collide with. */
export const LEGACY_ID_PREFIX = 'demo-';

const FIRST_DAY = Date.UTC(2019, 0, 7);
const LAST_DAY = Date.UTC(2025, 11, 19);
const MINUTE = 60_000;
/** Of how many records one has a value of the tenant's own. */
const MESS_EVERY = 8;

/** The records of a tenant: the same ones every time, on every machine. Choice fields get values by their declaration. */
export function generateRecords(registry: ChoiceRegistry, tenant: DemoTenant): DemoRecords {
  const { records } = tenant;
  const generate = (owner: string, count: number, fill: (random: Random, index: number, choices: Readonly<Record<string, LegacyValue>>) => object): DemoRecord[] => {
    const random = createRandom(`${tenant.slug} ${owner}`);
    return Array.from({ length: count }, (_, index) => {
      const created = momentOf(random, index, count);
      const choices = chooseValues(registry, tenant, owner, random);
      const common = { id: demoId(created, random), legacy_id: `${LEGACY_ID_PREFIX}${index + 1}`, created_at: created.toISOString(), updated_at: created.toISOString() };
      return { ...common, ...choices, ...fill(random, index, choices) };
    });
  };

  const account = generate('Account', records.accounts, generateAccount);
  const lead = generate('Lead', records.leads, generateLead);
  const opportunity = generate('Opportunity', records.opportunities, (random, index, choices) => ({
    ...generateOpportunity(random, choices),
    account_id: pickOlder(random, account, index, records.opportunities).id,
  }));
  const task = generate('Task', records.tasks, (random, index) => {
    const about = index === 0 || random.onceIn(7) ? null : pickOlder(random, lead, index, records.tasks);
    return { title: about === null ? random.pick(TASKS) : `${random.pick(TASKS)}: ${String(about.first_name)} ${String(about.last_name)}`, lead_id: about?.id ?? null };
  });
  return { account, lead, opportunity, task };
}

/** Records are spread evenly over the years, each in a slot of its own, so that ids, legacy ids and times sort alike. */
function momentOf(random: Random, index: number, count: number): Date {
  const slot = Math.floor((LAST_DAY - FIRST_DAY) / count / MINUTE);
  return new Date(FIRST_DAY + (index * slot + random.below(slot)) * MINUTE);
}

/** One whose slot is over before the slot of this record begins; for the first record, the first of them. */
function pickOlder(random: Random, candidates: readonly DemoRecord[], index: number, count: number): DemoRecord {
  return candidates[random.below(Math.max(1, Math.floor((index * candidates.length) / count)))]!;
}

function chooseValues(registry: ChoiceRegistry, tenant: DemoTenant, owner: string, random: Random): Record<string, LegacyValue> {
  return Object.fromEntries(
    registry.fieldsOf(owner).map((field) => {
      const mess = tenant.mess[field.coordinate];
      const value = mess && random.onceIn(MESS_EVERY) ? random.pickEarly(mess) : random.pickEarly(field.hardcoded)[0];
      return [field.legacyColumn, value];
    }),
  );
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

function generateOpportunity(random: Random, choices: Readonly<Record<string, LegacyValue>>) {
  const least = AMOUNTS[choices.deal_size_category ?? ''] ?? 5_000;
  return { name: `${generateCompany(random)}: ${random.pick(DEALS)}`, amount: random.onceIn(9) ? null : `${least + random.below(4 * least)}.00` };
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
