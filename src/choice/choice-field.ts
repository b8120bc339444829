/** One entry of a hardcoded list: the key stored in the legacy column, its label, and values for the type's own columns. */
export type HardcodedChoice = readonly [key: string, label: string, extra?: Readonly<Record<string, string | number | boolean>>];

/** A column that one choice type has beyond those that every choice has. */
export interface ExtraColumn {
  readonly type: 'text' | 'integer' | 'numeric' | 'boolean';
  readonly description: string;
}

/** A kind of choice with a table of its own. */
export interface ChoiceType {
  readonly name: string;
  readonly description: string;
  /** Property name (camelCase) → column. */
  readonly extra: Readonly<Record<string, ExtraColumn>>;
  readonly table: string;
  readonly aliasTable: string;
  /** The `ChoiceType` enum value of the API: `LEAD_SOURCE`. */
  readonly enumValue: string;
}

/** When the legacy members of a choice field became deprecated (an API version), from when they may go (a month), and when they did. */
export interface Deprecation {
  readonly since: string;
  readonly sunset: string;
  /** The first API version without them. Absent: none yet. */
  readonly removed?: string;
}

/** One place where a record points at a choice, as it is declared. */
export interface ChoiceFieldDeclaration {
  /** GraphQL type of the record: `Lead`. */
  readonly owner: string;
  /** GraphQL name of the legacy field: `leadSource`. */
  readonly legacy: string;
  /** `varchar` length of the legacy column, in characters. */
  readonly length: number;
  /** Whether the legacy column is NOT NULL, and a record must name a choice. */
  readonly required: boolean;
  /** The legacy column's default; null where it has none. */
  readonly default: string | null;
  readonly type: ChoiceType;
  readonly hardcoded: readonly HardcodedChoice[];
  /** The first API version that has the legacy field; absent: every version has it. */
  readonly introduced?: string;
  readonly deprecated: Deprecation;
}

/** A declared choice field with the names that follow from it. */
export interface ChoiceField extends ChoiceFieldDeclaration {
  /** Schema coordinate of the legacy field: `Lead.leadSource`. It names the field in commands and in the control tables. */
  readonly coordinate: string;
  /** GraphQL name of the new field: `leadSourceRef`. */
  readonly ref: string;
  /** GraphQL name of the label field: `leadSourceLabel`. */
  readonly label: string;
  /** The owner's table: `lead`. */
  readonly table: string;
  /** The legacy column: `lead_source`. */
  readonly legacyColumn: string;
  /** The ref column: `lead_source_id`. */
  readonly refColumn: string;
  /** The `ChoiceFieldName` enum value of the API: `LEAD_LEAD_SOURCE`. */
  readonly enumValue: string;
}

/** Declares a kind of choice. Names of tables and enum values follow from `name`. */
export function choiceType(declaration: { name: string; description: string; extra?: Readonly<Record<string, ExtraColumn>> }): ChoiceType {
  const table = snakeCase(declaration.name);
  return Object.freeze({
    name: declaration.name,
    description: declaration.description,
    extra: Object.freeze({ ...declaration.extra }),
    table,
    aliasTable: `${table}_alias`,
    enumValue: table.toUpperCase(),
  });
}

/** Declares a choice field. Everything else about it is derived; `createChoiceRegistry` checks it. */
export function choiceField(declaration: ChoiceFieldDeclaration): ChoiceField {
  const table = snakeCase(declaration.owner);
  const legacyColumn = snakeCase(declaration.legacy);
  return Object.freeze({
    ...declaration,
    hardcoded: Object.freeze([...declaration.hardcoded]),
    coordinate: `${declaration.owner}.${declaration.legacy}`,
    ref: `${declaration.legacy}Ref`,
    label: `${declaration.legacy}Label`,
    table,
    legacyColumn,
    refColumn: `${legacyColumn}_id`,
    enumValue: `${table}_${legacyColumn}`.toUpperCase(),
  });
}

/** `leadSource` and `LeadSource` → `lead_source`. */
export function snakeCase(name: string): string {
  return name.replace(/(?<=[a-z0-9])[A-Z]/g, '_$&').toLowerCase();
}
