import { choiceRegistry } from '../choice-fields.ts';
import { defineRecord } from '../record/record-definition.ts';
import { LeadEntity } from './lead.entity.ts';

export const leadRecord = defineRecord(
  {
    name: 'Lead',
    singular: 'lead',
    plural: 'leads',
    entity: LeadEntity,
    table: 'lead',
    searchable: ['firstName', 'lastName', 'email', 'company'],
    orderable: ['createdAt', 'updatedAt', 'firstName', 'lastName', 'email', 'company', 'country', 'leadScore', 'annualRevenue'],
    references: {},
  },
  choiceRegistry,
);
