import DataLoader from 'dataloader';
import { type RawBuilder, sql } from 'kysely';
import type { TenantSession } from '../../tenancy/tenant-session.ts';
import type { Choice } from '../choice.ts';
import type { ChoiceCache, ChoiceName, KnownChoices } from '../choice-cache.ts';
import type { ChoiceType } from '../choice-field.ts';
import type { Eventual } from '../eventual.ts';
import { selectChoice } from './choice-columns.ts';

/** Finds survivors: of a ref, or of what a legacy value resolves to. At once where it is known, else in one statement per type and batch. */
export interface ChoiceLoader {
  /** `id`: as PostgreSQL writes it. */
  byId(id: string): Eventual<Choice | null>;
  byLegacyValue(value: string): Eventual<Choice | null>;
}

export function createChoiceLoader(
  session: Pick<TenantSession, 'tenantId' | 'stamp' | 'begin' | 'readStamped'>,
  type: ChoiceType,
  cache: ChoiceCache,
): ChoiceLoader {
  const { tenantId } = session;
  const loader = new DataLoader(load);
  let held: { readonly stamp: number; readonly known: KnownChoices | undefined } | undefined;

  const find = (by: ChoiceName, name: string): Eventual<Choice | null> => {
    const choice = findKnown(session.stamp(), by, name);
    return choice === undefined ? loader.load(`${LETTERS[by]}${name}`) : choice;
  };
  return {
    byId: (id) => find('id', id),
    byLegacyValue: (value) => find('legacyValue', value),
  };

  function findKnown(stamp: number | undefined, by: ChoiceName, name: string): Choice | null | undefined {
    if (stamp === undefined) return undefined;
    if (held?.stamp !== stamp) held = { stamp, known: cache.open(tenantId, stamp, type) };
    return held.known?.find(by, name);
  }

  async function load(wanted: readonly string[]): Promise<(Choice | null)[]> {
    // Where nothing is known, nobody waits to be told of which state it would be.
    const stamp = cache.knows(tenantId, type) ? await session.begin() : undefined;
    const answers = new Map(wanted.map((key) => [key, findKnown(stamp, nameOf(key), key.slice(1))]));
    const unknown = wanted.filter((key) => answers.get(key) === undefined);
    if (unknown.length > 0) {
      const { rows, stamp: readAt } = await session.readStamped(selectSurvivors(tenantId, type, unknown));
      const found = new Map(rows.map(({ wanted: key, ...choice }) => [key, Object.freeze(choice) as Choice]));
      const known = cache.open(tenantId, readAt, type);
      for (const key of unknown) {
        const choice = found.get(key) ?? null;
        answers.set(key, choice);
        known?.remember(nameOf(key), key.slice(1), choice);
      }
    }
    return wanted.map((key) => answers.get(key)!);
  }
}

/** An id and a legacy value can be the same string: the first letter tells them apart. */
const LETTERS: Readonly<Record<ChoiceName, string>> = { id: 'i', legacyValue: 'v' };

function nameOf(key: string): ChoiceName {
  return key.startsWith(LETTERS.id) ? 'id' : 'legacyValue';
}

function selectSurvivors(tenantId: string, type: ChoiceType, wanted: readonly string[]): RawBuilder<Choice & { wanted: string }> {
  const namesOf = (by: ChoiceName) => wanted.filter((key) => nameOf(key) === by).map((key) => key.slice(1));
  const choices = sql.table(type.table);
  return sql`
    WITH named AS (
      SELECT ${sql.lit(LETTERS.id)} || choice.id AS wanted, coalesce(choice.merged_into_id, choice.id) AS survivor_id, false AS by_value
      FROM ${choices} AS choice
      WHERE choice.tenant_id = ${tenantId} AND choice.id = ANY (${namesOf('id')}::uuid[])
      UNION ALL
      SELECT ${sql.lit(LETTERS.legacyValue)} || alias.legacy_value, coalesce(choice.merged_into_id, choice.id), true
      FROM ${sql.table(type.aliasTable)} AS alias
      JOIN ${choices} AS choice ON choice.tenant_id = alias.tenant_id AND choice.id = alias.choice_id
      WHERE alias.tenant_id = ${tenantId} AND alias.legacy_value = ANY (${namesOf('legacyValue')}::text[])
    )
    SELECT named.wanted, ${selectChoice(type, 'survivor')}
    FROM named
    JOIN ${choices} AS survivor ON survivor.tenant_id = ${tenantId} AND survivor.id = named.survivor_id
    WHERE NOT (named.by_value AND survivor.deleted_at IS NOT NULL)`;
}
