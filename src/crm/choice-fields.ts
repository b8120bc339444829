import { choiceField } from '../choice/choice-field.ts';
import { createChoiceRegistry } from '../choice/choice-registry.ts';
import * as type from './choice-types.ts';
import * as hardcoded from './hardcoded-choices.ts';

const deprecated = { since: '2026-11', sunset: '2027-07' };

/** Every choice field of the CRM. A new one is one entry here: see docs/adding-a-choice-field.md. */
export const choiceRegistry = createChoiceRegistry([
  choiceField({ owner: 'Lead', legacy: 'industry', length: 50, required: true, default: null, type: type.Industry, hardcoded: hardcoded.INDUSTRY, deprecated }),
  choiceField({ owner: 'Lead', legacy: 'leadSource', length: 20, required: true, default: null, type: type.LeadSource, hardcoded: hardcoded.LEAD_SOURCE, deprecated }),
  choiceField({ owner: 'Lead', legacy: 'status', length: 20, required: true, default: 'new', type: type.LeadStatus, hardcoded: hardcoded.LEAD_STATUS, deprecated }),
  choiceField({ owner: 'Lead', legacy: 'marketingChannel', length: 20, required: false, default: '', type: type.MarketingChannel, hardcoded: hardcoded.MARKETING_CHANNEL, deprecated }),
  choiceField({ owner: 'Account', legacy: 'industry', length: 50, required: false, default: null, type: type.Industry, hardcoded: hardcoded.INDUSTRY, deprecated }),
  choiceField({ owner: 'Account', legacy: 'tier', length: 20, required: false, default: 'free', type: type.AccountTier, hardcoded: hardcoded.ACCOUNT_TIER, deprecated }),
  choiceField({ owner: 'Opportunity', legacy: 'dealSizeCategory', length: 20, required: false, default: 'medium', type: type.DealSizeCategory, hardcoded: hardcoded.DEAL_SIZE_CATEGORY, deprecated }),
  choiceField({ owner: 'Task', legacy: 'priority', length: 10, required: true, default: 'medium', type: type.TaskPriority, hardcoded: hardcoded.TASK_PRIORITY, deprecated }),
  choiceField({ owner: 'Task', legacy: 'status', length: 20, required: true, default: 'todo', type: type.TaskStatus, hardcoded: hardcoded.TASK_STATUS, deprecated }),
  choiceField({ owner: 'Task', legacy: 'taskType', length: 50, required: true, default: null, type: type.TaskType, hardcoded: hardcoded.TASK_TYPE, deprecated }),
]);
