import { choiceType, type ExtraColumn } from '../choice/choice-field.ts';

const color: ExtraColumn = { type: 'text', description: 'Colour in which to show the choice, as a CSS colour.' };
const icon: ExtraColumn = { type: 'text', description: 'Name of the icon to show beside the label.' };
const isClosed: ExtraColumn = { type: 'boolean', description: 'Whether a record with this choice needs no more work.' };

export const Industry = choiceType({ name: 'Industry', description: 'A branch of business.' });

export const LeadSource = choiceType({
  name: 'LeadSource',
  description: 'Where a lead came from.',
  extra: { color, icon, conversionRateTarget: { type: 'numeric', description: 'Share of these leads that should convert, in percent.' } },
});

export const LeadStatus = choiceType({
  name: 'LeadStatus',
  description: 'How far a lead has come.',
  extra: { color, icon, isQualified: { type: 'boolean', description: 'Whether a lead with this status counts as qualified.' }, isClosed },
});

export const MarketingChannel = choiceType({
  name: 'MarketingChannel',
  description: 'The marketing channel that reached a lead.',
  extra: { color, icon },
});

export const AccountTier = choiceType({ name: 'AccountTier', description: 'The plan an account is on.' });

export const DealSizeCategory = choiceType({ name: 'DealSizeCategory', description: 'How large a deal is.' });

export const TaskPriority = choiceType({ name: 'TaskPriority', description: 'How urgent a task is.', extra: { color } });

export const TaskStatus = choiceType({ name: 'TaskStatus', description: 'How far a task has come.', extra: { color, isClosed } });

export const TaskType = choiceType({ name: 'TaskType', description: 'What kind of work a task is.' });
