/** A value as somebody typed it; null where the column was left out. */
export type LegacyValue = string | null;

export interface DemoTenant {
  readonly slug: string;
  readonly name: string;
  readonly records: { readonly accounts: number; readonly leads: number; readonly opportunities: number; readonly tasks: number };
  /** Choice field → values besides the hardcoded ones. One record in eight has one of them. */
  readonly mess: Readonly<Record<string, readonly LegacyValue[]>>;
}

const LARGE = { accounts: 120, leads: 500, opportunities: 90, tasks: 200 };
const SMALL = { accounts: 12, leads: 50, opportunities: 9, tasks: 20 };

/** The tenants of the demo: one with clean data, one with what columns collect in ten years, one that edits its choices. */
export const demoTenants: readonly DemoTenant[] = [
  { slug: 'acme', name: 'Acme', records: LARGE, mess: { 'Lead.marketingChannel': [''], 'Account.industry': [null] } },
  {
    slug: 'globex',
    name: 'Globex',
    records: LARGE,
    mess: {
      'Lead.industry': [
        'Finance',
        'RETAIL',
        'tech ',
        'healthcare\u00a0',
        'logistics',
        'biotech',
        '',
        ' energy',
        'f\u0131nance',
        '\u00e9nergie',
        'e\u0301nergie',
        'agriculture',
      ],
      'Lead.leadSource': ['Web', 'newsletter', 'trade_fair', 'event ', 'manual\u00a0', 'walk-in'],
      'Lead.status': ['Contacted', 'QUALIFIED', 'on_hold', 'won', ' new'],
      'Lead.marketingChannel': ['', null, 'Email', 'social media', 'podcast', 'seo\u00a0'],
      'Account.industry': [null, '', 'Finance', 'biotech', 'RETAIL', 'logistics'],
      'Account.tier': ['Pro', 'startup', 'enterprise ', null],
      'Opportunity.dealSizeCategory': ['Large', 'tiny', null, 'xl'],
      'Task.priority': ['asap', 'normal', 'HIGH', 'low '],
      'Task.status': ['doing', 'waiting', 'To do', 'completed\u00a0'],
      'Task.taskType': ['call', 'demo', 'lead-review', 'Custom'],
    },
  },
  { slug: 'initech', name: 'Initech', records: SMALL, mess: { 'Lead.marketingChannel': [''] } },
];

/** The tenant whose administrator has edited its choices. */
export const EDITING_TENANT = 'initech';

/** What somebody who went through Globex's unmapped values has decided so far: field → value → key. The rest is left to decide. */
export const demoMappings: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>> = {
  globex: {
    'Lead.industry': {
      Finance: 'finance',
      RETAIL: 'retail',
      'tech ': 'tech',
      'healthcare\u00a0': 'healthcare',
      'f\u0131nance': 'finance',
      biotech: 'healthcare',
    },
    'Lead.leadSource': { Web: 'web', 'event ': 'event', trade_fair: 'event' },
    'Lead.status': { Contacted: 'contacted', QUALIFIED: 'qualified' },
    'Lead.marketingChannel': { Email: 'email', 'social media': 'social' },
    'Account.tier': { Pro: 'pro', startup: 'free', 'enterprise ': 'enterprise' },
    'Task.priority': { asap: 'critical', normal: 'medium', HIGH: 'high', 'low ': 'low' },
    'Task.status': { doing: 'in_progress', 'To do': 'todo' },
    'Task.taskType': { call: 'lead_contact', demo: 'opportunity_demo', 'lead-review': 'lead_review', Custom: 'custom' },
  },
};
