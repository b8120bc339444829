import type pg from 'pg';
import type { ChoiceField } from '../../../src/choice/choice-field.ts';
import { legacyExpression } from '../../../src/choice/derive/legacy-value.ts';
import { acceptValues } from '../../../src/choice/migrate/accept.ts';
import { expandFields } from '../../../src/choice/migrate/expand.ts';
import { mapValues } from '../../../src/choice/migrate/map.ts';
import { migrateRecords } from '../../../src/choice/migrate/migrate.ts';
import { populateChoices } from '../../../src/choice/migrate/populate.ts';
import { preferFields } from '../../../src/choice/migrate/prefer.ts';
import { readFieldState } from '../../../src/choice/migrate/read-regime.ts';
import { countRecords } from '../../../src/choice/migrate/report.ts';
import type { Scope } from '../../../src/choice/migrate/run.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { insertAccount, insertColumns } from '../records.ts';
import { connect } from '../writers.ts';

export const TENANTS = ['acme', 'globex'] as const;
/** Mapped by a tenant's alias. */
export const ALIASED = ['Tech ', '\u00a0', 'telecom'] as const;
/** Accepted unmapped. */
export const UNMAPPED = ['Mystery', 'TBD '] as const;

/** Fields at `preferred` for every tenant, over strings of every kind that were there before the migration began. */
export interface PreferredCrm {
  readonly crm: TestCrm;
  /** The fields, every tenant. */
  readonly scope: Scope;
  readonly client: pg.Client;
  /** Tenant and id → the string that servers answer, read where they are told to. */
  readStrings(field: ChoiceField): Promise<Map<string, string | null>>;
  /** A hash of all that every row of the table holds, in whatever order its columns are. */
  hashRows(table: string): Promise<Map<string, string>>;
  /** The columns of the table as they are defined, by name. */
  readColumns(table: string): Promise<unknown[]>;
  choiceId(field: ChoiceField, tenant: string, key: string): Promise<string>;
  close(): Promise<void>;
}

/** Fields that are not named stay at `legacy`. */
export async function createPreferredCrm(fields: readonly ChoiceField[] = choiceRegistry.fields): Promise<PreferredCrm> {
  const crm = await createTestCrm({ phase: 'legacy', tenants: TENANTS });
  const client = await connect(crm.database.ownerUrl);
  const db = crm.owner.sql;
  const scope: Scope = { ...crm.scope, fields };
  for (const slug of TENANTS) {
    await insertAccount(client, crm.tenant(slug).id);
    for (const field of fields) for (const value of valuesOf(field)) await insertLegacy(client, field, crm.tenant(slug).id, value);
  }
  await expandFields(db, scope, crm.run);
  await populateChoices(db, scope, crm.run);
  for (const slug of TENANTS)
    for (const type of new Set(fields.map((field) => field.type))) {
      const field = fields.find((candidate) => candidate.type === type)!;
      const pairs = ALIASED.map((value) => ({ value, key: field.hardcoded[0]![0] }));
      await mapValues(db, { registry: choiceRegistry, field, tenant: crm.tenant(slug), pairs, remap: false }, crm.run);
    }
  await migrateRecords(db, scope, crm.run);
  for (const report of await countRecords(db, scope)) {
    const values = report.unmapped.map(({ value }) => value);
    const field = choiceRegistry.field(report.field)!;
    if (values.length > 0) await acceptValues(db, { field, tenant: crm.tenant(report.tenant), values, reason: 'kept as it is' }, crm.run);
  }
  await migrateRecords(db, scope, crm.run);
  await preferFields(db, scope, crm.run);
  return {
    crm,
    scope,
    client,
    async readStrings(field) {
      const { storage } = await readFieldState(crm.owner.sql, field);
      const { rows } = await client.query<{ id: string; string: string | null }>(
        `SELECT format('%s %s', tenant_id, id) AS id, ${legacyExpression(field, storage)} AS string FROM ${field.table} AS record ORDER BY tenant_id, id`,
      );
      return new Map(rows.map(({ id, string }) => [id, string]));
    },
    async hashRows(table) {
      const { rows } = await client.query<{ id: string; hash: string }>(
        `SELECT format('%s %s', tenant_id, id) AS id, md5(to_jsonb(record)::text) AS hash FROM ${table} AS record ORDER BY tenant_id, id`,
      );
      return new Map(rows.map(({ id, hash }) => [id, hash]));
    },
    async readColumns(table) {
      const { rows } = await client.query(
        `SELECT attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid)
         FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
         WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attname`,
        [table],
      );
      return rows;
    },
    async choiceId(field, tenant, key) {
      const { rows } = await client.query<{ id: string }>(`SELECT id FROM ${field.type.table} WHERE tenant_id = $1 AND key = $2`, [
        crm.tenant(tenant).id,
        key,
      ]);
      return rows[0]!.id;
    },
    async close() {
      await client.end();
      await crm.close();
    },
  };
}

/** Strings of every kind, each of which fits the field. */
function valuesOf(field: ChoiceField): (string | null)[] {
  const [first, second] = field.hardcoded.map(([key]) => key) as [string, string];
  const blank = field.required ? [] : [null];
  return [first, second, first.toUpperCase(), ...ALIASED, ...UNMAPPED, '', ...blank].filter(
    (value) => value === null || value.length <= field.length,
  );
}

async function insertLegacy(client: pg.Client, field: ChoiceField, tenantId: string, value: string | null): Promise<void> {
  const columns = insertColumns(field, tenantId, { legacy: value });
  await client.query(
    `INSERT INTO ${field.table} (${columns.map(([name]) => name).join(', ')}) VALUES (${columns.map((_, index) => `$${index + 1}`).join(', ')})`,
    columns.map(([, cell]) => cell),
  );
}
