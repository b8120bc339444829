import { sql } from 'kysely';
import { BadUserInputError } from '../../errors.ts';
import { excerpt } from '../excerpt.ts';
import type { ChoiceEdit } from './choice-edit.ts';
import { describeChoice, type ManagedChoice, readManaged } from './managed-choice.ts';

const KEY = /^[a-z][a-z0-9_]*$/;
/** Letters that NFKD does not take apart. */
const FOLDED: Readonly<Record<string, string>> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ð: 'd', þ: 'th', ł: 'l', ı: 'i' };
/** What a key begins with where a label gives no letter to begin with. */
const NAMELESS = 'choice';

/**
 * The key that a new choice gets: the one that is wanted, or one made from its label. No key is ever given again, also not that of a choice
 * that was deleted, and none that is an alias of another choice.
 * @throws BadUserInputError for a wanted key that cannot be one or is taken; the latter tells the choice that has it as `choice`.
 */
export async function chooseKey(edit: ChoiceEdit, wanted: string | null | undefined, label: string): Promise<string> {
  const longest = longestKey(edit);
  if (typeof wanted !== 'string') return deriveFree(edit, deriveKey(label, longest), longest);
  if (!KEY.test(wanted) || wanted.length > longest)
    throw new BadUserInputError(
      `key: expected a lower-case letter, then lower-case letters, digits and "_", ${longest} characters at most, got ${JSON.stringify(excerpt(wanted))}`,
      { path: 'key', length: longest },
    );
  const bearer = await findNamed(edit, wanted);
  if (bearer)
    throw new BadUserInputError(
      bearer.key === wanted
        ? `key: "${wanted}" is that of ${bearer.deleted ? 'a choice that was deleted, and stays with it' : 'another choice'}`
        : `key: "${wanted}" is an alias of "${bearer.key}"`,
      { path: 'key', choice: describeChoice(bearer) },
    );
  return wanted;
}

/** ASCII, in snake case: `Büro & Café` → `buro_cafe`. */
export function deriveKey(label: string, longest: number): string {
  const words = label
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^\p{ASCII}]/gu, (letter) => FOLDED[letter] ?? (/\p{Mark}/u.test(letter) ? '' : ' '))
    .replace(/['’]/g, '')
    .match(/[a-z0-9]+/g);
  const key = words?.join('_') ?? NAMELESS;
  return cut(/^[a-z]/.test(key) ? key : `${NAMELESS}_${key}`, longest);
}

/** How long a key may be: it fits every legacy column that uses the type. */
function longestKey({ registry, type }: ChoiceEdit): number {
  return Math.min(...registry.fieldsOfType(type).map((field) => field.length));
}

function cut(key: string, longest: number): string {
  return key.slice(0, longest).replace(/_+$/, '');
}

async function deriveFree({ transaction, tenant, type }: ChoiceEdit, key: string, longest: number): Promise<string> {
  // Whatever the suffix, the key begins like this.
  const { rows } = await sql<{ value: string }>`
    SELECT legacy_value AS value FROM ${sql.table(type.aliasTable)}
    WHERE tenant_id = ${tenant.id} AND starts_with(legacy_value, ${cut(key, Math.max(1, longest - 5))})`.execute(transaction);
  const taken = new Set(rows.map(({ value }) => value));
  for (let number = 1; ; number++) {
    const suffix = number === 1 ? '' : `_${number}`;
    const candidate = `${cut(key, longest - suffix.length)}${suffix}`;
    if (!taken.has(candidate)) return candidate;
  }
}

/** The choice that an alias of this value leads to, whatever became of it. A choice's own key is one of its aliases for ever. */
export async function findNamed(edit: ChoiceEdit, value: string): Promise<ManagedChoice | undefined> {
  const [choice] = await readManaged(
    edit,
    sql`choice.id = (
      SELECT choice_id FROM ${sql.table(edit.type.aliasTable)} WHERE tenant_id = ${edit.tenant.id} AND legacy_value = ${value}
    )`,
  );
  return choice;
}
