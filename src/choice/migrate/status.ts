import type { Sql } from '../../database/owner-database.ts';
import { type LiveProcess, listLiveProcesses } from '../processes.ts';
import { type Pace, readPace } from './pace.ts';
import { type PartProgress, readProgress } from './progress.ts';
import { countRecords, type FieldReport, type Report } from './report.ts';
import type { Scope } from './run.ts';

/** Where one field and tenant stands, and its backfill; `progress` is null where the tenant has no choices yet. */
export interface FieldStatus extends FieldReport {
  readonly progress: Omit<PartProgress, 'field' | 'tenant'> | null;
}

export interface Status extends Report {
  readonly fields: readonly FieldStatus[];
  readonly workers: readonly LiveProcess[];
  readonly pace: Pace;
}

/** Where every field of the scope stands, tenant by tenant, and who works on it. A report, no verdict: `ok` is always true. */
export async function readStatus(db: Sql, scope: Scope): Promise<Status> {
  const reports = await countRecords(db, scope);
  const parts = new Map((await readProgress(db, scope)).map(({ field, tenant, ...progress }) => [`${field} ${tenant}`, progress]));
  const fields = reports.map((report) => ({ ...report, progress: parts.get(`${report.field} ${report.tenant}`) ?? null }));
  return { ok: true, fields, blockers: [], workers: await listLiveProcesses(db, 'worker'), pace: await readPace(db) };
}
