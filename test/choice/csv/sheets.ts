import { sql } from 'kysely';
import type { ChoiceType } from '../../../src/choice/choice-field.ts';
import { exportChoices } from '../../../src/choice/csv/export-choices.ts';
import { importChoices, type ImportedSheet } from '../../../src/choice/csv/import-choices.ts';
import type { ChoiceSheetError } from '../../../src/choice/csv/sheet-problem.ts';
import { type EditPlace, editChoices } from '../../../src/choice/manage/edit-choices.ts';
import { createTenant } from '../../../src/choice/migrate/create-tenant.ts';
import { readRules } from '../../../src/choice/rules.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { openBuffer } from '../../../src/csv/buffer-source.ts';
import { ensureAppRole } from '../../../src/database/app-role.ts';
import { readThrough } from '../../../src/database/read.ts';
import type { Tenant } from '../../../src/tenancy/tenant.ts';
import type { TestCrm } from '../../harness/test-crm.ts';

export const typeOf = (name: string): ChoiceType => choiceRegistry.types.find((type) => type.name === name)!;

interface SheetOptions {
  readonly type?: ChoiceType;
  readonly dryRun?: boolean;
}

/** Sheets of a tenant of its own, or of one that is there, exported and imported as the API does: in sessions of its restricted role. */
export interface Sheets {
  readonly tenant: Tenant;
  /** How often work ran as the owner, for records to follow. */
  readonly follows: () => number;
  export(type?: ChoiceType): Promise<string>;
  import(csv: string | Buffer, options?: SheetOptions): Promise<ImportedSheet>;
  /** What an import changes, by key: the action, and each cell as `label: Old → New`. */
  change(csv: string | Buffer, options?: SheetOptions): Promise<Record<string, string[]>>;
  /** What a sheet is refused with, after a look that nothing was written. */
  refuse(csv: string | Buffer, options?: SheetOptions): Promise<ChoiceSheetError>;
  /** How many changes are recorded for the tenant, and in how many groups. */
  countChanges(): Promise<{ changes: number; groups: number }>;
}

let tenants = 0;

export async function createSheets(crm: TestCrm, slug?: string): Promise<Sheets> {
  const { owner, run } = crm;
  const role = await ensureAppRole(owner, undefined);
  const tenant =
    slug === undefined
      ? (await createTenant(owner.sql, choiceRegistry, { slug: `sheet-${++tenants}`, name: 'Sheet' }, run)).tenant
      : crm.tenant(slug);
  let follows = 0;
  const sheets: Sheets = {
    tenant,
    follows: () => follows,
    export: async (type = typeOf('Industry')) => (await exportChoices(readThrough(owner.sql), tenant.id, type)).csv,
    async import(csv, { type = typeOf('Industry'), dryRun = false } = {}) {
      const rules = await readRules(readThrough(owner.sql));
      const place: EditPlace = {
        write: (inside) =>
          owner.sql.transaction().execute(async (transaction) => {
            await sql`SELECT set_config('role', ${role.name}, true), set_config('choices.tenant_id', ${tenant.id}, true)`.execute(
              transaction,
            );
            return inside(transaction);
          }),
        follow: (inside) => {
          follows += 1;
          return inside(owner.sql);
        },
      };
      const scope = { registry: choiceRegistry, tenant, type, rules };
      const change = { actor: 'ada', operation: 'importChoices' };
      const source = { name: 'industry.csv', bytes: openBuffer(Buffer.from(csv)) };
      return importChoices((work) => editChoices(place, scope, change, work), type, source, dryRun);
    },
    change: async (csv, options) =>
      Object.fromEntries(
        (await sheets.import(csv, options)).rows
          .filter(({ action }) => action !== 'unchanged')
          .map(({ key, action, changes }) => [
            key,
            [action, ...changes.map(({ column, before, after }) => `${column}: ${String(before)} → ${String(after)}`)],
          ]),
      ),
    async refuse(csv, options = {}) {
      const look = async () => JSON.stringify([await sheets.countChanges(), await sheets.export(options.type)]);
      const before = await look();
      const error: unknown = await sheets.import(csv, options).then(
        () => new Error('it was imported'),
        (reason: unknown) => reason,
      );
      if ((await look()) !== before) throw new Error('a refused sheet was written');
      return error as ChoiceSheetError;
    },
    async countChanges() {
      const { rows } = await sql<{ changes: number; groups: number }>`
        SELECT count(*)::int AS changes, count(DISTINCT group_id)::int AS groups
        FROM choice_change WHERE tenant_id = ${tenant.id}`.execute(owner.sql);
      return rows[0]!;
    },
  };
  return sheets;
}
