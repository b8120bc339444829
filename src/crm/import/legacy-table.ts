/** A table that a legacy export has a file for. */
export interface LegacyTable {
  readonly fileName: string;
  readonly owner: string;
  readonly table: string;
  /** Columns that point at a record of another table of the same tenant → that table. */
  readonly references: Readonly<Record<string, string>>;
}

/** In the order of import: a table comes after those that it refers to. */
export const legacyTables: readonly LegacyTable[] = [
  { fileName: 'accounts.csv', owner: 'Account', table: 'account', references: {} },
  { fileName: 'leads.csv', owner: 'Lead', table: 'lead', references: {} },
  { fileName: 'opportunities.csv', owner: 'Opportunity', table: 'opportunity', references: { account_id: 'account' } },
  { fileName: 'tasks.csv', owner: 'Task', table: 'task', references: { lead_id: 'lead' } },
];
