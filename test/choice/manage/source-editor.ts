import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import type { ChoiceEdit } from '../../../src/choice/manage/choice-edit.ts';
import type { ManagedChoice } from '../../../src/choice/manage/managed-choice.ts';
import { reorderChoices } from '../../../src/choice/manage/reorder-choices.ts';
import { revertChange, type RevertRequest } from '../../../src/choice/manage/revert-change.ts';
import type { TestCrm } from '../../harness/test-crm.ts';
import { type ChoiceEditor, createChoiceEditor } from './choice-editor.ts';

export const SOURCE = choiceRegistry.types.find((type) => type.name === 'LeadSource')!;
export const FIELD = choiceRegistry.field('Lead.leadSource')!;
/** The keys of the list as each test finds it. */
export const ORDER = ['web', 'referral', 'ads', 'event'];

/** An entry of acme's history. */
export interface Entry {
  readonly sequence: string;
  readonly object: string;
  readonly operation: string;
  readonly group: string;
}

/** Edits sources of leads of acme, and takes back what the history tells of it. */
export interface SourceEditor extends ChoiceEditor {
  /** Key → id. */
  readonly ids: Readonly<Record<string, string>>;
  edit<Result>(work: (edit: ChoiceEdit) => Promise<Result>): Promise<Result>;
  reorder(...keys: string[]): Promise<unknown>;
  /** Takes back the change of an entry, or of a number. */
  revert(change: Entry | string, request?: Omit<RevertRequest, 'sequence'>, type?: typeof SOURCE): Promise<ManagedChoice | null>;
  /** The entries that work leaves, oldest first. */
  record(work: () => Promise<unknown>): Promise<Entry[]>;
  /** All that edits write, but for versions. */
  readState(): Promise<{ choices: Readonly<Record<string, unknown>>[]; defaults: unknown[]; aliases: Record<string, string> }>;
  /** The keys of the list, in order. */
  readOrder(): Promise<string[]>;
  reset(): Promise<void>;
}

export async function createSourceEditor(crm?: TestCrm): Promise<SourceEditor> {
  const editor = await createChoiceEditor(crm);
  const { client, acme } = editor;
  const ids = Object.fromEntries([...(await editor.read(SOURCE)).values()].map(({ key, id }) => [key, id]));
  const edit = <Result>(work: (edit: ChoiceEdit) => Promise<Result>) => editor.edit(work, { type: SOURCE });
  return {
    ...editor,
    ids,
    edit,
    reorder: (...keys) => edit((inside) => reorderChoices(inside, { ids: keys.map((key) => ids[key]!) })),
    revert(change, request, type = SOURCE) {
      const sequence = typeof change === 'string' ? change : change.sequence;
      return editor.edit((inside) => revertChange(inside, { ...request, sequence }), { type, operation: 'revertChoiceChange' });
    },
    async record(work) {
      const before = await editor.countChanges();
      await work();
      const { rows } = await client.query<Entry>(
        'SELECT sequence, object, operation, group_id AS "group" FROM choice_change WHERE tenant_id = $1 AND sequence > $2 ORDER BY sequence',
        [acme, before],
      );
      return rows;
    },
    async readState() {
      const { rows: choices } = await client.query<Record<string, unknown>>(
        `SELECT choice.* FROM (
           SELECT id, key, label, active, deleted_at IS NOT NULL AS deleted, merged_into_id, color, icon, conversion_rate_target, (
             CASE WHEN deleted_at IS NULL THEN row_number() OVER (PARTITION BY deleted_at IS NULL ORDER BY position, id) END
           ) AS place
           FROM lead_source WHERE tenant_id = $1
         ) AS choice ORDER BY key`,
        [acme],
      );
      const { rows: defaults } = await client.query('SELECT field, choice_id FROM choice_default WHERE tenant_id = $1', [acme]);
      return { choices, defaults, aliases: await editor.aliases(SOURCE) };
    },
    readOrder: async () =>
      [...(await editor.read(SOURCE)).values()]
        .filter(({ deleted }) => !deleted)
        .sort((one, other) => one.position - other.position)
        .map(({ key }) => key),
    async reset() {
      await client.query(`
        DELETE FROM lead; DELETE FROM choice_default;
        UPDATE lead_source SET merged_into_id = NULL;
        UPDATE lead_source SET deleted_at = now() WHERE deleted_at IS NULL AND key NOT IN ('${ORDER.join(`', '`)}');
        UPDATE lead_source SET label = id::text;
        UPDATE lead_source SET
          version = 1, active = true, system = false, deleted_at = NULL, color = '#000000', icon = NULL, conversion_rate_target = 12.5,
          label = upper(left(key, 1)) || substr(key, 2), position = array_position(ARRAY['${ORDER.join(`', '`)}'], key::text)
        WHERE key IN ('${ORDER.join(`', '`)}');
        DELETE FROM lead_source_alias AS alias WHERE NOT EXISTS (SELECT FROM lead_source AS named WHERE named.key = alias.legacy_value)`);
    },
  };
}
