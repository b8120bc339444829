import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder with these files; `remove` takes it away again. */
export async function writeExport(files: Readonly<Record<string, string | Buffer>>): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'export-'));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return { folder, remove: () => rm(folder, { recursive: true }) };
}

export const LEAD_HEADER =
  'tenant,legacy_id,first_name,last_name,email,phone,company,job_title,country,industry,lead_source,status,marketing_channel,lead_score,annual_revenue,created_at';
export const ACCOUNT_HEADER = 'tenant,legacy_id,name,website,country,industry,tier,created_at';
export const OPPORTUNITY_HEADER = 'tenant,legacy_id,account_legacy_id,name,amount,deal_size_category,created_at';
export const TASK_HEADER = 'tenant,legacy_id,title,lead_legacy_id,priority,status,task_type,created_at';

/** A lead's line with these cells, as they stand in the file, and plausible ones elsewhere. */
export function leadLine(cells: Readonly<Record<string, string>>): string {
  const lead: Record<string, string> = {
    tenant: 'north',
    legacy_id: '1',
    first_name: 'Ada',
    last_name: 'Moe',
    email: 'ada@example.com',
    phone: '',
    company: 'Moe Ltd',
    job_title: '',
    country: 'NO',
    industry: 'tech',
    lead_source: 'web',
    status: 'new',
    marketing_channel: '',
    lead_score: '7',
    annual_revenue: '',
    created_at: '2020-01-02T03:04:05Z',
    ...cells,
  };
  return LEAD_HEADER.split(',')
    .map((name) => lead[name]!)
    .join(',');
}

/** A file of leads with these lines after its header. */
export function leadFile(...lines: readonly string[]): string {
  return [LEAD_HEADER, ...lines, ''].join('\n');
}
