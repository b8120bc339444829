/** What the administrator of one tenant has done to a choice type since it was populated. */
export interface ChoiceEdits {
  readonly type: string;
  /** Choices that were there, by key. */
  readonly changed: readonly { readonly key: string; readonly label?: string; readonly active?: boolean }[];
  /** Choices of the tenant's own. */
  readonly added: readonly { readonly key: string; readonly label: string }[];
  /** Keys from the top; the others follow as they were. */
  readonly order: readonly string[];
}

/** Records that were moved to a choice of the tenant's own: field → key → every how many-th record. */
export type RecordEdits = Readonly<Record<string, Readonly<Record<string, number>>>>;

export const choiceEdits: readonly ChoiceEdits[] = [
  {
    type: 'Industry',
    changed: [
      { key: 'tech', label: 'Software & Cloud' },
      { key: 'energy', active: false },
    ],
    added: [
      { key: 'aerospace', label: 'Aerospace' },
      { key: 'public_sector', label: 'Public Sector' },
    ],
    order: ['aerospace', 'healthcare', 'tech', 'public_sector'],
  },
  {
    type: 'LeadStatus',
    changed: [{ key: 'unqualified', label: 'Not a Fit' }],
    added: [{ key: 'nurturing', label: 'Nurturing' }],
    order: ['new', 'contacted', 'nurturing'],
  },
  { type: 'LeadSource', changed: [], added: [{ key: 'webinar', label: 'Webinar' }], order: [] },
  {
    type: 'AccountTier',
    changed: [{ key: 'pro', label: 'Professional' }],
    added: [{ key: 'partner', label: 'Partner' }],
    order: ['partner'],
  },
  {
    type: 'TaskPriority',
    changed: [],
    added: [{ key: 'blocker', label: 'Blocker' }],
    order: ['blocker', 'critical', 'high', 'medium', 'low'],
  },
];

export const recordEdits: RecordEdits = {
  'Lead.industry': { aerospace: 7, public_sector: 11 },
  'Lead.status': { nurturing: 9 },
  'Lead.leadSource': { webinar: 8 },
  'Account.industry': { aerospace: 5 },
  'Account.tier': { partner: 4 },
  'Task.priority': { blocker: 6 },
};
