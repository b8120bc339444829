import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';

/** A cell per column; every cell is text, as it stands in the file. */
export type LegacyRow = Readonly<Record<string, string>>;

const MESS = ['Tech', 'tech ', ' FINANCE', 'tech\u00a0', 'reta\u0131l', 'cafe\u0301', 'caf\u00e9', 'telecom', 'a "quoted", word', ''];
const TENANTS = ['acme', 'globex'];

/** A legacy export of our own: acme is clean, every third choice of globex is not. Without a generator of chance: row n is what n says. */
export function makeLegacyExport(
  rowsPerTenant: number,
): Readonly<Record<'accounts' | 'leads' | 'opportunities' | 'tasks', readonly LegacyRow[]>> {
  const rows = (make: (tenant: string, n: number) => LegacyRow) =>
    TENANTS.flatMap((tenant) => Array.from({ length: rowsPerTenant }, (_, index) => make(tenant, index + 1)));
  const choice = (coordinate: string, tenant: string, n: number): string => {
    const field = choiceRegistry.field(coordinate)!;
    if (tenant === 'globex' && n % 3 === 0) return MESS[(n / 3) % MESS.length]!.slice(0, field.length);
    return field.hardcoded[n % field.hardcoded.length]![0];
  };
  const base = (tenant: string, n: number) => ({
    tenant,
    legacy_id: String(n),
    created_at: `2024-03-${String((n % 28) + 1).padStart(2, '0')}T10:00:00Z`,
  });
  return {
    accounts: rows((tenant, n) => ({
      ...base(tenant, n),
      name: `Company ${n}`,
      website: '',
      country: 'DE',
      industry: choice('Account.industry', tenant, n),
      tier: choice('Account.tier', tenant, n),
    })),
    leads: rows((tenant, n) => ({
      ...base(tenant, n),
      first_name: 'Ada',
      last_name: `Lead ${n}`,
      email: `lead${n}@example.com`,
      company: 'Engines, Ltd.',
      industry: choice('Lead.industry', tenant, n),
      lead_source: choice('Lead.leadSource', tenant, n),
      status: choice('Lead.status', tenant, n),
      marketing_channel: choice('Lead.marketingChannel', tenant, n),
      lead_score: String(n % 100),
      annual_revenue: n % 2 === 0 ? '' : `${n}.50`,
    })),
    opportunities: rows((tenant, n) => ({
      ...base(tenant, n),
      account_legacy_id: String(n),
      name: `Deal ${n}`,
      amount: '10.00',
      deal_size_category: choice('Opportunity.dealSizeCategory', tenant, n),
    })),
    tasks: rows((tenant, n) => ({
      ...base(tenant, n),
      title: `Task ${n}`,
      lead_legacy_id: n % 2 === 0 ? '' : String(n),
      priority: choice('Task.priority', tenant, n),
      status: choice('Task.status', tenant, n),
      task_type: choice('Task.taskType', tenant, n),
    })),
  };
}

/** Writes an export as a CRM would: CRLF, quotes where they are needed. */
export async function writeLegacyExport(folder: string, tables: ReturnType<typeof makeLegacyExport>): Promise<void> {
  for (const [name, rows] of Object.entries(tables)) {
    const header = Object.keys(rows[0]!);
    const lines = [header, ...rows.map((row) => header.map((column) => row[column]!))].map((cells) => cells.map(quote).join(','));
    await writeFile(join(folder, `${name}.csv`), lines.map((line) => `${line}\r\n`).join(''));
  }
}

function quote(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
