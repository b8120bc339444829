import { MetadataStorage } from '@mikro-orm/core';
import type { ChoiceField } from '../../choice/choice-field.ts';
import { snakeCase } from '../../choice/choice-field.ts';
import { addEntityProperties } from '../../choice/derive/entity.ts';
import type { ChoiceRegistry } from '../../choice/choice-registry.ts';
import type { RecordEntity } from './record.entity.ts';

/** A plain column: all that is no choice. */
export interface PlainColumn {
  /** Property of the entity and the GraphQL types: `firstName`. */
  readonly property: string;
  /** `first_name`. */
  readonly column: string;
  readonly kind: 'text' | 'uuid' | 'integer' | 'numeric' | 'timestamptz';
  readonly nullable: boolean;
  /** Most characters of a text; undefined for no limit. */
  readonly length: number | undefined;
}

/** What a feature says about its records. */
export interface RecordDeclaration {
  /** GraphQL name: `Lead`. */
  readonly name: string;
  /** Query fields: `lead` and `leads`. */
  readonly singular: string;
  readonly plural: string;
  readonly entity: new () => RecordEntity;
  readonly table: string;
  /** Properties that `filter.search` looks into. */
  readonly searchable: readonly string[];
  /** Properties that `orderBy` offers. */
  readonly orderable: readonly string[];
  /** Properties that hold the id of another record, and that record's table. */
  readonly references: Readonly<Record<string, string>>;
  /** Tables whose rows keep a record of this kind from being deleted, and the column that refers to it. */
  readonly keptBy?: Readonly<Record<string, string>>;
}

/** A declaration with what follows from the entity and the choice fields. */
export interface RecordDefinition extends RecordDeclaration {
  readonly columns: readonly PlainColumn[];
  readonly choiceFields: readonly ChoiceField[];
  column(property: string): PlainColumn;
}

/** A row as resolvers and services see it, camelCase: plain columns, and `industry` and `industryId` of each choice field. */
export interface RecordRow extends Readonly<Record<string, unknown>> {
  readonly id: string;
  readonly version: number;
}

const KINDS: Readonly<Record<string, PlainColumn['kind']>> = {
  string: 'text',
  text: 'text',
  uuid: 'uuid',
  integer: 'integer',
  decimal: 'numeric',
  datetime: 'timestamptz',
};

/** Reads the entity's columns before the choice fields join them, and maps the choice fields on it. Once per entity. */
export function defineRecord(declaration: RecordDeclaration, registry: ChoiceRegistry): RecordDefinition {
  const columns = inheritedProperties(declaration.entity)
    .filter(([property]) => property !== 'tenantId')
    .map(([property, { type, nullable, length }]): PlainColumn => ({
      property,
      column: snakeCase(property),
      kind: KINDS[String(type)]!,
      nullable: nullable === true,
      length,
    }));
  const choiceFields = registry.fieldsOf(declaration.name);
  addEntityProperties(declaration.entity, choiceFields);
  return {
    ...declaration,
    columns,
    choiceFields,
    column: (property) => columns.find((column) => column.property === property)!,
  };
}

interface DeclaredProperty {
  readonly type?: unknown;
  readonly nullable?: boolean;
  readonly length?: number;
}

/** What the decorators of an entity class and its base class declared. */
function inheritedProperties(entity: new () => RecordEntity): [string, DeclaredProperty][] {
  const classes = [Object.getPrototypeOf(entity) as object, entity];
  return classes.flatMap((one) => Object.entries((one as DecoratedClass)[MetadataStorage.META_SYMBOL].properties));
}

type DecoratedClass = { readonly [MetadataStorage.META_SYMBOL]: { readonly properties: Record<string, DeclaredProperty> } };
