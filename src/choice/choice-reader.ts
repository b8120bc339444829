import type { TenantSession } from '../tenancy/tenant-session.ts';
import type { Choice } from './choice.ts';
import type { ChoiceCache } from './choice-cache.ts';
import type { ChoiceField, ChoiceType } from './choice-field.ts';
import type { ChoiceRegistry } from './choice-registry.ts';
import { createDetailLoaders, type DetailLoaders } from './derive/detail-loaders.ts';
import { type ChoiceLoader, createChoiceLoader } from './derive/loader.ts';
import type { Eventual } from './eventual.ts';
import type { FieldUse } from './manage/count-uses.ts';
import type { ChoiceRules } from './rules.ts';

/** The two values of a choice field: the string that a row answers, wherever it is kept, and its ref. */
export interface StoredChoice {
  readonly legacy: string | null;
  readonly refId: string | null;
}

/** What one request reads of its tenant's choices: answered at once where it is known, else loaded in batches and kept until the next write. */
export interface ChoiceReader {
  /** What `industry` answers. */
  readLegacy(field: ChoiceField, stored: StoredChoice): string | null;
  /** What `industryRef` answers: the ref's survivor; without a ref, what the legacy value resolves to, unless the ref alone is read. */
  readRef(field: ChoiceField, stored: StoredChoice): Eventual<Choice | null>;
  /** What `industryLabel` answers. */
  readLabel(field: ChoiceField, stored: StoredChoice): Eventual<string | null>;
  /** The survivor of a choice. */
  readSurvivor(type: ChoiceType, id: string): Eventual<Choice | null>;
  /** How many records of each field answer a choice. */
  readUses(type: ChoiceType, id: string): Promise<readonly FieldUse[]>;
  /** The strings that name a choice, its key among them. */
  readAliases(type: ChoiceType, id: string): Promise<readonly string[]>;
  /** Forgets what was loaded. */
  clear(): void;
}

export function createChoiceReader(
  registry: ChoiceRegistry,
  session: Pick<TenantSession, 'tenantId' | 'read' | 'readStamped' | 'stamp' | 'begin'>,
  rules: ChoiceRules,
  cache: ChoiceCache,
): ChoiceReader {
  const { tenantId, read } = session;
  const loaders = new Map<ChoiceType, ChoiceLoader>();
  const details = new Map<ChoiceType, DetailLoaders>();
  const loaderOf = (type: ChoiceType) => ensure(loaders, type, () => createChoiceLoader(session, type, cache));
  const detailsOf = (type: ChoiceType) => ensure(details, type, () => createDetailLoaders(read, { registry, type, tenantId, rules }));

  const readRef = (field: ChoiceField, { legacy, refId }: StoredChoice): Eventual<Choice | null> => {
    if (refId !== null) return loaderOf(field.type).byId(refId);
    return legacy === null || legacy === '' || rules.readsRefAlone(field, tenantId) ? null : loaderOf(field.type).byLegacyValue(legacy);
  };
  const readLabel = (field: ChoiceField, stored: StoredChoice): Eventual<string | null> => {
    const label = (choice: Choice | null) => choice?.label ?? hardcodedLabel(field, stored.legacy) ?? stored.legacy;
    const ref = readRef(field, stored);
    return ref instanceof Promise ? ref.then(label) : label(ref);
  };
  return {
    readLegacy: (_field, stored) => stored.legacy,
    readRef,
    readLabel,
    readSurvivor: (type, id) => loaderOf(type).byId(id.toLowerCase()),
    readUses: (type, id) => detailsOf(type).uses.load(id.toLowerCase()),
    readAliases: (type, id) => detailsOf(type).aliases.load(id.toLowerCase()),
    clear: () => {
      loaders.clear();
      details.clear();
    },
  };
}

function ensure<Key, Value>(known: Map<Key, Value>, key: Key, create: () => Value): Value {
  const found = known.get(key);
  if (found !== undefined) return found;
  const value = create();
  known.set(key, value);
  return value;
}

function hardcodedLabel(field: ChoiceField, legacy: string | null): string | undefined {
  return field.hardcoded.find(([key]) => key === legacy)?.[1];
}
