import type { Sql } from '../../database/owner-database.ts';
import type { ChoiceRegistry } from '../choice-registry.ts';
import { settleMerges, type SettleResult } from '../manage/merge/settle-merges.ts';
import { migrateRecords, type MigrateResult } from '../migrate/migrate.ts';
import { preferFields, type PreferResult } from '../migrate/prefer.ts';
import { rollbackFields, type RollbackResult } from '../migrate/rollback.ts';
import type { RunOptions, Scope } from '../migrate/run.ts';
import { verifyRecords, type VerifyResult } from '../migrate/verify.ts';
import type { RunRequest, RunResult } from './choice-run.ts';

/** Does what a request asks for. Each step can be done again from the beginning: one that was cut off goes on where it was. */
export async function carryOut(db: Sql, registry: ChoiceRegistry, request: RunRequest, options: RunOptions): Promise<RunResult> {
  const scope: Scope = { registry, fields: request.fields, tenants: request.tenants };
  return { findings: [], ...(await runStep(db, scope, request, options)) };
}

function runStep(
  db: Sql,
  scope: Scope,
  request: RunRequest,
  options: RunOptions,
): Promise<MigrateResult | VerifyResult | PreferResult | RollbackResult | SettleResult> {
  switch (request.step) {
    case 'migrate':
      return migrateRecords(db, scope, options);
    case 'verify':
      return verifyRecords(db, scope, options.onProgress);
    case 'prefer':
      return preferFields(db, scope, options);
    case 'merge':
      return settleMerges(db, scope, options);
    case 'rollback':
      return rollbackFields(db, scope, { ...options, to: request.to!, ...(request.reason !== undefined && { reason: request.reason }) });
  }
}
