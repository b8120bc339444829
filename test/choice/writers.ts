import pg from 'pg';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import { ensureAppRole } from '../../src/database/app-role.ts';
import { runAsSuperuser } from '../harness/superuser.ts';
import { createTestCrm, type TestCrm } from '../harness/test-crm.ts';
import { addSamples, type ChoiceSamples, readSamples, sampleKeys } from './choice-samples.ts';
import type { ChoiceField } from '../../src/choice/choice-field.ts';
import { insertAccount } from './records.ts';

/** Who writes records. The last two may write records and nothing else: they can read neither choices nor aliases. */
export const WRITERS = ['the owner', 'the API’s role', 'a writer with BYPASSRLS', 'a writer with a policy'] as const;
export type Writer = (typeof WRITERS)[number];

export interface WriterDatabase {
  readonly crm: TestCrm;
  readonly owner: pg.Client;
  readonly tenantId: string;
  readonly otherTenantId: string;
  as(writer: Writer | 'the API’s role without a tenant'): pg.Client;
  samples(field: ChoiceField): ChoiceSamples;
  /** The other tenant's choices. */
  otherSamples(field: ChoiceField): ChoiceSamples;
  close(): Promise<void>;
}

/** A populated database with a connection for each writer, and samples of every choice type in both tenants. */
export async function createWriterDatabase(): Promise<WriterDatabase> {
  const crm = await createTestCrm({ phase: 'populated' });
  const { ownerUrl, superuserUrl, name } = crm.database;
  const tenantId = crm.tenant('acme').id;
  const otherTenantId = crm.tenant('globex').id;
  const owner = await connect(ownerUrl);
  const samples = new Map<string, ChoiceSamples>();
  for (const tenant of [tenantId, otherTenantId]) {
    await insertAccount(owner, tenant);
    for (const type of choiceRegistry.types) {
      const [first, second] = sampleKeys(type, choiceRegistry.fields);
      await addSamples(owner, type, tenant, second, first);
    }
    for (const field of choiceRegistry.fields)
      samples.set(`${tenant} ${field.coordinate}`, await readSamples(owner, field, tenant, sampleKeys(field.type, choiceRegistry.fields)));
  }

  const app = await ensureAppRole(crm.owner, undefined);
  await createWriterRoles(superuserUrl, name);
  const clients = new Map<string, pg.Client>([
    ['the owner', owner],
    ['the API’s role', await connect(ownerUrl, `SET ROLE ${app.name}`, `SET choices.tenant_id = '${tenantId}'`)],
    ['the API’s role without a tenant', await connect(ownerUrl, `SET ROLE ${app.name}`)],
    ['a writer with BYPASSRLS', await connect(superuserUrl, `SET ROLE ${name}_bypassing`)],
    ['a writer with a policy', await connect(superuserUrl, `SET ROLE ${name}_by_policy`)],
  ]);
  return {
    crm,
    owner,
    tenantId,
    otherTenantId,
    as: (writer) => clients.get(writer)!,
    samples: (field) => samples.get(`${tenantId} ${field.coordinate}`)!,
    otherSamples: (field) => samples.get(`${otherTenantId} ${field.coordinate}`)!,
    async close() {
      await Promise.all([...clients.values()].map((client) => client.end()));
      await crm.close();
      await runAsSuperuser(superuserUrl.replace(/\/[^/]*$/, '/postgres'), (client) =>
        client.query(`DROP ROLE ${name}_bypassing, ${name}_by_policy, ${app.name}`),
      );
    },
  };
}

export async function connect(url: string, ...statements: readonly string[]): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  return client;
}

async function createWriterRoles(superuserUrl: string, name: string): Promise<void> {
  const tables = 'account, lead, opportunity, task';
  await runAsSuperuser(superuserUrl, async (client) => {
    await client.query(`CREATE ROLE ${name}_bypassing NOLOGIN BYPASSRLS; CREATE ROLE ${name}_by_policy NOLOGIN`);
    await client.query(`GRANT SELECT, INSERT, UPDATE ON ${tables} TO ${name}_bypassing, ${name}_by_policy`);
    for (const table of tables.split(', ')) await client.query(`CREATE POLICY administrator ON ${table} TO ${name}_by_policy USING (true)`);
  });
}
