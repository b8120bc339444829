import { qualify, quoteIdentifier, quoteLiteral } from '../../database/identifier.ts';
import type { ChoiceType } from '../choice-field.ts';

/** A constraint that a table of a choice type has; its name is PostgreSQL's business. */
export interface TableConstraint {
  readonly table: string;
  readonly definition: string;
}

/** A trigger or an index that a table of a choice type has, under its name. */
export interface TableObject {
  readonly table: string;
  readonly name: string;
  readonly statement: string;
}

/** What the migrations' `create_choice_type` makes for a type, to compare the catalog with. */
export interface ChoiceTables {
  readonly constraints: readonly TableConstraint[];
  readonly indexes: readonly TableObject[];
  readonly triggers: readonly TableObject[];
}

export function deriveChoiceTables({ table, aliasTable }: ChoiceType): ChoiceTables {
  const choices = quoteIdentifier(table);
  return {
    constraints: [
      { table, definition: 'PRIMARY KEY (tenant_id, id)' },
      { table, definition: 'UNIQUE (tenant_id, key)' },
      { table, definition: 'FOREIGN KEY (tenant_id) REFERENCES tenant(id)' },
      { table, definition: `FOREIGN KEY (tenant_id, merged_into_id) REFERENCES ${choices}(tenant_id, id)` },
      { table, definition: `CHECK (key COLLATE "C" ~ '^[a-z][a-z0-9_]*$')` },
      { table, definition: `CHECK (choice_label_key(label) <> '')` },
      { table: aliasTable, definition: 'PRIMARY KEY (tenant_id, legacy_value)' },
      { table: aliasTable, definition: 'FOREIGN KEY (tenant_id) REFERENCES tenant(id)' },
      { table: aliasTable, definition: `FOREIGN KEY (tenant_id, choice_id) REFERENCES ${choices}(tenant_id, id)` },
      { table: aliasTable, definition: `CHECK (legacy_value <> '')` },
    ],
    indexes: [
      index(table, `${table}_label_key`, 'UNIQUE INDEX', '(tenant_id, choice_label_key(label)) WHERE deleted_at IS NULL'),
      index(table, `${table}_merged_into_idx`, 'INDEX', '(tenant_id, merged_into_id) WHERE merged_into_id IS NOT NULL'),
      index(aliasTable, `${aliasTable}_choice_idx`, 'INDEX', '(tenant_id, choice_id)'),
    ],
    triggers: [
      trigger(table, 'guard_choice', 'BEFORE INSERT OR UPDATE', 'FOR EACH ROW', 'guard_choice()'),
      trigger(table, 'add_own_alias', 'AFTER INSERT', `REFERENCING ${NEW_ROWS} FOR EACH STATEMENT`, 'add_own_alias()'),
      trigger(table, 'flatten_merges', 'AFTER UPDATE', `REFERENCING ${OLD_ROWS} ${NEW_ROWS} FOR EACH STATEMENT`, 'flatten_merges()'),
      trigger(aliasTable, 'guard_own_alias', 'BEFORE DELETE OR UPDATE', 'FOR EACH ROW', `guard_own_alias(${quoteLiteral(table)})`),
      trigger(table, 'guard_choice_rules', 'BEFORE INSERT OR UPDATE', 'FOR EACH ROW', 'guard_choice_rules()'),
      trigger(table, 'limit_choices_insert', 'AFTER INSERT', `REFERENCING ${NEW_ROWS} FOR EACH STATEMENT`, 'limit_choices()'),
      trigger(table, 'limit_choices_update', 'AFTER UPDATE', `REFERENCING ${OLD_ROWS} ${NEW_ROWS} FOR EACH STATEMENT`, 'limit_choices()'),
      trigger(
        table,
        'keep_active_choices',
        'AFTER UPDATE',
        `REFERENCING ${OLD_ROWS} ${NEW_ROWS} FOR EACH STATEMENT`,
        'keep_active_choices()',
      ),
      ...deriveAuditTriggers(table, 'choice', table),
      ...deriveAuditTriggers(aliasTable, 'alias', table),
    ],
  };
}

/** The triggers by which the changes of a table are recorded. `kind` and what follows are the arguments of migration 0007's `audit_choices`. */
export function deriveAuditTriggers(table: string, kind: string, type?: string): readonly TableObject[] {
  const call = `record_choice_change(${[kind, ...(type === undefined ? [] : [type])].map(quoteLiteral).join(', ')})`;
  return [
    trigger(table, 'aaa_audit_insert', 'AFTER INSERT', `REFERENCING ${NEW_ROWS} FOR EACH STATEMENT`, call),
    trigger(table, 'aaa_audit_update', 'AFTER UPDATE', `REFERENCING ${OLD_ROWS} ${NEW_ROWS} FOR EACH STATEMENT`, call),
    trigger(table, 'aaa_audit_delete', 'AFTER DELETE', `REFERENCING ${OLD_ROWS} FOR EACH STATEMENT`, call),
    trigger(table, 'aaa_audit_truncate', 'BEFORE TRUNCATE', 'FOR EACH STATEMENT', call),
  ];
}

const OLD_ROWS = 'OLD TABLE AS old_rows';
const NEW_ROWS = 'NEW TABLE AS new_rows';

function index(table: string, name: string, kind: 'INDEX' | 'UNIQUE INDEX', definition: string): TableObject {
  return { table, name, statement: `CREATE ${kind} ${quoteIdentifier(name)} ON ${qualify(table)} ${definition}` };
}

function trigger(table: string, name: string, event: string, each: string, call: string): TableObject {
  return {
    table,
    name,
    statement: `CREATE OR REPLACE TRIGGER ${quoteIdentifier(name)} ${event} ON ${qualify(table)} ${each} EXECUTE FUNCTION ${call}`,
  };
}
