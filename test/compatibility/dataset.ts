import type { OwnerDatabase } from '../../src/database/owner-database.ts';
import type { Tenant } from '../../src/tenancy/tenant.ts';

/** Kinds of record in the order in which they can be inserted. */
export const KINDS = ['account', 'lead', 'opportunity', 'task'] as const;
export type Kind = (typeof KINDS)[number];

/** How many records of each kind a tenant gets. */
export const SIZES: Readonly<Record<Kind, number>> = { account: 60, lead: 230, opportunity: 110, task: 130 };

/** The id of a tenant's n-th record of a kind. Tenants use the same ids: an id alone must never find another's record. */
export function recordId(kind: Kind, index: number): string {
  return `01900000-0000-7${KINDS.indexOf(kind)}00-8000-${String(index).padStart(12, '0')}`;
}

/** What real columns hold beside keys, whatever the field: odd case, spaces, labels, invisible characters, things nobody knows. */
const MESS = [
  '',
  ' ',
  'NEW',
  'n/a',
  'Other',
  ' other',
  'other ',
  'other\u00a0',
  'caf\u00e9',
  'cafe\u0301',
  '🦄',
  '%',
  "o'hara",
  '\\',
  'null',
  'ot\u200bher',
];
const KEYS = {
  industry: [
    'tech',
    'manufacturing',
    'finance',
    'healthcare',
    'retail',
    'energy',
    'education',
    'other',
    'telecom',
    'Technology',
    'Tech ',
    'x'.repeat(50),
  ],
  lead_source: ['web', 'event', 'referral', 'ads', 'manual', 'fax', 'Web Form', 'x'.repeat(20)],
  lead_status: ['new', 'contacted', 'qualified', 'unqualified', 'converted', 'nurture', 'Qualified'],
  marketing_channel: ['email', 'social', 'paid_ads', 'content', 'seo', 'referral', 'event', 'direct', 'other', 'paid ads', null],
  tier: ['free', 'pro', 'enterprise', 'gold', 'Pro', null],
  deal_size_category: ['small', 'medium', 'large', 'enterprise', 'XL', null],
  priority: ['low', 'medium', 'high', 'critical', 'urgent', 'High'],
  task_status: ['todo', 'in_progress', 'completed', 'cancelled', 'overdue', 'in progress', 'done'],
  task_type: ['lead_review', 'lead_contact', 'account_followup', 'proposal_followup', 'custom', 'call', 'Custom Task'],
} as const;
const COUNTRIES = ['US', 'IN', 'Österreich', '', null, 'us', 'Ωmega'];
const WORDS = ['Prairie', 'blue', 'Äther', 'Zulu', 'alpha', 'Alpha', '100%', 'under_score', '  padded', '東京', 'o\u2019neil'];

/** Loads every tenant's records into the tables as they are before any choice is dynamic. The same bytes every time. */
export async function insertDataset(owner: OwnerDatabase, tenants: readonly Tenant[]): Promise<void> {
  for (const [number, tenant] of tenants.entries()) {
    const random = createRandom(number + 1);
    for (const kind of KINDS) {
      const rows = Array.from({ length: SIZES[kind] }, (_, index) => ({
        ...createRow(random, kind, index, tenant.slug),
        tenant_id: tenant.id,
      }));
      const columns = Object.keys(rows[0]!).join(', ');
      await owner.pool.query(`INSERT INTO ${kind} (${columns}) SELECT ${columns} FROM jsonb_populate_recordset(NULL::${kind}, $1)`, [
        JSON.stringify(rows),
      ]);
    }
  }
  await owner.pool.query('ANALYZE');
}

type Random = <T>(values: readonly T[]) => T;

function createRow(random: Random, kind: Kind, index: number, slug: string): Record<string, unknown> {
  const common = {
    id: recordId(kind, index),
    legacy_id: index % 7 === 0 ? null : `${kind}-${index}`,
    version: 1 + (index % 4),
    // Few distinct times: pages must break ties.
    created_at: `2024-03-${String(1 + (index % 9)).padStart(2, '0')}T08:00:00.${String(index % 3).padStart(3, '0')}Z`,
    updated_at: '2025-01-01T00:00:00Z',
  };
  const choice = (field: keyof typeof KEYS) => (random([0, 0, 0, 1]) === 0 ? random<string | null>(KEYS[field]) : random(MESS));
  const name = () => `${random(WORDS)} ${random(WORDS)} ${slug}`;
  switch (kind) {
    case 'account':
      return {
        ...common,
        name: name(),
        website: random([null, '', 'https://example.com/%41']),
        country: random(COUNTRIES),
        industry: random([choice('industry'), null]),
        tier: choice('tier'),
      };
    case 'lead':
      return {
        ...common,
        first_name: random(WORDS),
        last_name: random(WORDS),
        email: `${index}@${slug}.example.com`,
        phone: random([null, '', '+1-555']),
        company: name(),
        job_title: random([null, 'CTO', '']),
        country: random(COUNTRIES),
        industry: choice('industry'),
        lead_source: choice('lead_source'),
        status: choice('lead_status'),
        marketing_channel: choice('marketing_channel'),
        lead_score: random([0, 0, 1, 50, 100, -2147483648, 2147483647]),
        annual_revenue: random([null, '0.00', '-0.01', '9999999999999999.99', '-9999999999999999.99', '12.50']),
      };
    case 'opportunity':
      return {
        ...common,
        account_id: recordId('account', index % SIZES.account),
        name: name(),
        amount: random([null, '0.00', '1.10', '250000.00']),
        deal_size_category: choice('deal_size_category'),
      };
    case 'task':
      return {
        ...common,
        lead_id: random([null, recordId('lead', index % SIZES.lead)]),
        title: name(),
        priority: choice('priority'),
        status: choice('task_status'),
        task_type: choice('task_type'),
      };
  }
}

/** A linear congruential generator (Numerical Recipes): the same choices for the same seed. */
function createRandom(seed: number): Random {
  let state = seed * 2654435761;
  return (values) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return values[Math.floor((state / 2 ** 32) * values.length)]!;
  };
}
