import { choiceRegistry } from '../choice-fields.ts';
import { defineRecord } from '../record/record-definition.ts';
import { TaskEntity } from './task.entity.ts';

export const taskRecord = defineRecord(
  {
    name: 'Task',
    singular: 'task',
    plural: 'tasks',
    entity: TaskEntity,
    table: 'task',
    searchable: ['title'],
    orderable: ['createdAt', 'updatedAt', 'title'],
    references: { leadId: 'lead' },
  },
  choiceRegistry,
);
