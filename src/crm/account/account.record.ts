import { choiceRegistry } from '../choice-fields.ts';
import { defineRecord } from '../record/record-definition.ts';
import { AccountEntity } from './account.entity.ts';

export const accountRecord = defineRecord(
  {
    name: 'Account',
    singular: 'account',
    plural: 'accounts',
    entity: AccountEntity,
    table: 'account',
    searchable: ['name', 'website'],
    orderable: ['createdAt', 'updatedAt', 'name', 'country'],
    references: {},
    keptBy: { opportunity: 'account_id' },
  },
  choiceRegistry,
);
