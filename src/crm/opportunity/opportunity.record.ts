import { choiceRegistry } from '../choice-fields.ts';
import { defineRecord } from '../record/record-definition.ts';
import { OpportunityEntity } from './opportunity.entity.ts';

export const opportunityRecord = defineRecord(
  {
    name: 'Opportunity',
    singular: 'opportunity',
    plural: 'opportunities',
    entity: OpportunityEntity,
    table: 'opportunity',
    searchable: ['name'],
    orderable: ['createdAt', 'updatedAt', 'name', 'amount'],
    references: { accountId: 'account' },
  },
  choiceRegistry,
);
