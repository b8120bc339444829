import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import type pg from 'pg';
import { ensureAppRole } from '../../../src/database/app-role.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { connect } from '../writers.ts';

/** Writers of choices by SQL: acme's industries, populated and as they were before each test. */
export interface RuleWriters {
  readonly crm: TestCrm;
  readonly acme: string;
  readonly owner: pg.Client;
  /** As the API's role, in acme's session. */
  readonly app: pg.Client;
  readonly observer: pg.Client;
  update(by: pg.Client, key: string, set: string): Promise<pg.QueryResult>;
  remove(by: pg.Client, key: string): Promise<pg.QueryResult>;
  idOf(key: string, tenant?: string): Promise<string>;
}

/** To be set of a choice that is merged into another one. */
export const mergeInto = (key: string) =>
  `merged_into_id = (SELECT other.id FROM industry AS other WHERE other.tenant_id = industry.tenant_id AND other.key = '${key}')`;

/** Registers the hooks that make them. What is answered is filled in before the first test. */
export function useRuleWriters(): RuleWriters {
  const writers = {} as { -readonly [Name in keyof RuleWriters]: RuleWriters[Name] };
  const update: RuleWriters['update'] = (by, key, set) =>
    by.query(`UPDATE industry SET ${set} WHERE tenant_id = $1 AND key = $2`, [writers.acme, key]);
  beforeAll(async () => {
    const crm = await createTestCrm({ phase: 'populated' });
    const acme = crm.tenant('acme').id;
    const { name } = await ensureAppRole(crm.owner, undefined);
    const url = crm.database.ownerUrl;
    const [observer, owner, app] = await Promise.all([
      connect(url),
      connect(url),
      connect(url, `SET ROLE ${name}`, `SET choices.tenant_id = '${acme}'`),
    ]);
    Object.assign(writers, { crm, acme, observer, owner, app });
  });
  beforeEach(() =>
    writers.owner.query(`
      DELETE FROM lead; DELETE FROM account; DELETE FROM choice_default; UPDATE industry SET system = false;
      UPDATE industry SET deleted_at = NULL, active = true, merged_into_id = NULL WHERE key NOT LIKE 'many%' AND key <> 'tech_2'`),
  );
  afterAll(async () => {
    await Promise.all([writers.observer, writers.owner, writers.app].map((client) => client.end()));
    await writers.crm.close();
  });
  return Object.assign(writers, {
    update,
    remove: (by: pg.Client, key: string) => update(by, key, 'deleted_at = now()'),
    async idOf(key: string, tenant = writers.acme) {
      const { rows } = await writers.owner.query<{ id: string }>('SELECT id FROM industry WHERE tenant_id = $1 AND key = $2', [
        tenant,
        key,
      ]);
      return rows[0]!.id;
    },
  });
}
