import type pg from 'pg';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { expandFields } from '../../../src/choice/migrate/expand.ts';
import { populateChoices } from '../../../src/choice/migrate/populate.ts';
import type { Scope } from '../../../src/choice/migrate/run.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { insertRecord } from '../records.ts';
import { connect } from '../writers.ts';

export const LEAD_INDUSTRY = choiceRegistry.field('Lead.industry')!;

/** A tenant with leads that were written before their industry was expanded. */
export interface LegacyLeads {
  readonly crm: TestCrm;
  readonly client: pg.Client;
  readonly tenantId: string;
  /** Lead.industry of this tenant. */
  readonly scope: Scope;
  /** Of the leads, in the order of their values. */
  readonly ids: readonly string[];
  choiceId(key: string): Promise<string>;
  addAlias(value: string, key: string): Promise<void>;
  /** Legacy value and the key of the choice that the ref names, in the order of the leads. */
  read(): Promise<(readonly [value: string | null, key: string | null])[]>;
  /** How often each lead was updated since, in the order of the leads. */
  countUpdates(): Promise<number[]>;
  connect(): Promise<pg.Client>;
  close(): Promise<void>;
}

/** The industries of leads and of accounts are populated for acme and globex; the other fields are at `legacy`. */
export async function createLegacyLeads(values: readonly string[]): Promise<LegacyLeads> {
  const crm = await createTestCrm({ phase: 'legacy' });
  const client = await connect(crm.database.ownerUrl);
  const clients = [client];
  const tenantId = crm.tenant('acme').id;
  await client.query('ALTER TABLE lead ADD COLUMN industry_id uuid');
  const ids: string[] = [];
  for (const value of values) ids.push((await insertRecord(client, LEAD_INDUSTRY, tenantId, { legacy: value })).id);
  await client.query('ALTER TABLE lead DROP COLUMN industry_id');
  const industries = { ...crm.scope, fields: choiceRegistry.fields.filter((field) => field.type === LEAD_INDUSTRY.type) };
  await expandFields(crm.owner.sql, industries, crm.run);
  await populateChoices(crm.owner.sql, industries, crm.run);
  await client.query(`
    CREATE TABLE lead_update (id uuid);
    CREATE FUNCTION record_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO lead_update VALUES (NEW.id); RETURN NULL; END $$;
    CREATE TRIGGER record_update AFTER UPDATE ON lead FOR EACH ROW EXECUTE FUNCTION record_update()`);
  return {
    crm,
    client,
    tenantId,
    scope: { registry: choiceRegistry, fields: [LEAD_INDUSTRY], tenants: [crm.tenant('acme')] },
    ids,
    async choiceId(key) {
      const { rows } = await client.query<{ id: string }>('SELECT id FROM industry WHERE tenant_id = $1 AND key = $2', [tenantId, key]);
      return rows[0]!.id;
    },
    async addAlias(value, key) {
      await client.query(
        'INSERT INTO industry_alias (tenant_id, legacy_value, choice_id) SELECT tenant_id, $2, id FROM industry WHERE tenant_id = $1 AND key = $3',
        [tenantId, value, key],
      );
    },
    async read() {
      const { rows } = await client.query<{ value: string | null; key: string | null }>(
        `SELECT lead.industry AS value, industry.key FROM lead LEFT JOIN industry ON industry.tenant_id = lead.tenant_id AND industry.id = lead.industry_id
         WHERE lead.id = ANY ($1) ORDER BY array_position($1, lead.id)`,
        [ids],
      );
      return rows.map(({ value, key }) => [value, key] as const);
    },
    async countUpdates() {
      const { rows } = await client.query<{ count: number }>(
        `SELECT (SELECT count(*)::int FROM lead_update WHERE lead_update.id = lead.id) AS count FROM unnest($1::uuid[]) WITH ORDINALITY AS lead (id, place) ORDER BY place`,
        [ids],
      );
      return rows.map(({ count }) => count);
    },
    async connect() {
      const another = await connect(crm.database.superuserUrl);
      clients.push(another);
      return another;
    },
    async close() {
      await Promise.all(clients.map((each) => each.end()));
      await crm.close();
    },
  };
}
