import { Property } from '@mikro-orm/decorators/legacy';
import type { ChoiceField } from '../choice-field.ts';
import { refProperty } from './graphql-output.ts';
import type { ObjectClass } from './graphql-type.ts';

/**
 * Maps the legacy column and the ref column of each field on the owner's entity. Both are nullable and without default there:
 * what the database fills in, its triggers decide. The legacy column is lazy: one day it is gone.
 */
export function addEntityProperties(entity: ObjectClass, fields: readonly ChoiceField[]): void {
  for (const field of fields) {
    Property({ type: 'string', fieldName: field.legacyColumn, length: field.length, nullable: true, lazy: true })(
      entity.prototype,
      field.legacy,
    );
    Property({ type: 'uuid', fieldName: field.refColumn, nullable: true })(entity.prototype, refProperty(field));
  }
}
