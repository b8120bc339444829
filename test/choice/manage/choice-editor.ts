import { sql } from 'kysely';
import type pg from 'pg';
import type { ChoiceType } from '../../../src/choice/choice-field.ts';
import type { ChoiceEdit } from '../../../src/choice/manage/choice-edit.ts';
import { editChoices } from '../../../src/choice/manage/edit-choices.ts';
import { readRules } from '../../../src/choice/rules.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { ensureAppRole } from '../../../src/database/app-role.ts';
import { readThrough } from '../../../src/database/read.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { connect } from '../writers.ts';

export const INDUSTRY = choiceRegistry.types.find((type) => type.name === 'Industry')!;

/** A choice with what tests look at beside its columns. */
export interface StoredChoice {
  readonly id: string;
  readonly key: string;
  readonly label: string;
  readonly position: number;
  readonly active: boolean;
  readonly version: number;
  readonly deleted: boolean;
}

/** Edits choices of acme as the API does, in sessions of its restricted role. */
export interface ChoiceEditor {
  readonly crm: TestCrm;
  readonly acme: string;
  /** The owner's connections: for what others do, and to see who waits. */
  readonly client: pg.Client;
  readonly other: pg.Client;
  /** How often work ran as the owner, for records to follow. */
  readonly follows: () => number;
  edit<Result>(work: (edit: ChoiceEdit) => Promise<Result>, options?: { type?: ChoiceType; operation?: string }): Promise<Result>;
  /** The choices of a type by their keys. */
  read(type?: ChoiceType): Promise<Map<string, StoredChoice>>;
  id(key: string, type?: ChoiceType): Promise<string>;
  /** Value → key of the choice, for aliases that are no keys. */
  aliases(type?: ChoiceType): Promise<Record<string, string>>;
  /** How many changes are recorded for the tenant. */
  countChanges(): Promise<number>;
  close(): Promise<void>;
}

export async function createChoiceEditor(crm?: TestCrm): Promise<ChoiceEditor> {
  const owned = crm ?? (await createTestCrm({ phase: 'populated' }));
  const { owner } = owned;
  const role = await ensureAppRole(owner, undefined);
  const tenant = owned.tenant('acme');
  const [client, other] = await Promise.all([connect(owned.database.ownerUrl), connect(owned.database.ownerUrl)]);
  let follows = 0;
  const read = async (type: ChoiceType = INDUSTRY) => {
    const { rows } = await client.query<StoredChoice>(
      `SELECT id, key, label, position, active, version, deleted_at IS NOT NULL AS deleted FROM ${type.table} WHERE tenant_id = $1`,
      [tenant.id],
    );
    return new Map(rows.map((row) => [row.key, row]));
  };
  return {
    crm: owned,
    acme: tenant.id,
    client,
    other,
    follows: () => follows,
    async edit(work, { type = INDUSTRY, operation = 'test' } = {}) {
      const rules = await readRules(readThrough(owner.sql));
      return editChoices(
        {
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
        },
        { registry: choiceRegistry, tenant, type, rules },
        { actor: 'ada', operation, request: 'request 1' },
        work,
      );
    },
    read,
    id: async (key, type) => (await read(type)).get(key)!.id,
    async aliases(type = INDUSTRY) {
      const { rows } = await client.query<{ value: string; key: string }>(
        `SELECT legacy_value AS value, key FROM ${type.aliasTable} AS alias JOIN ${type.table} AS choice
           ON choice.tenant_id = alias.tenant_id AND choice.id = alias.choice_id
         WHERE alias.tenant_id = $1 AND legacy_value <> key`,
        [tenant.id],
      );
      return Object.fromEntries(rows.map(({ value, key }) => [value, key]));
    },
    async countChanges() {
      const { rows } = await client.query<{ count: number }>('SELECT count(*)::int AS count FROM choice_change WHERE tenant_id = $1', [
        tenant.id,
      ]);
      return rows[0]!.count;
    },
    async close() {
      await Promise.all([client.end(), other.end()]);
      await owned.close();
    },
  };
}
