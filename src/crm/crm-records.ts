import { accountRecord } from './account/account.record.ts';
import { leadRecord } from './lead/lead.record.ts';
import { opportunityRecord } from './opportunity/opportunity.record.ts';
import { taskRecord } from './task/task.record.ts';

/** All kinds of records, in the order in which the schema has them. */
export const crmRecords = [leadRecord, accountRecord, opportunityRecord, taskRecord];
