import type { HardcodedChoice } from '../choice/choice-field.ts';

/** The lists that the code had before choices became records: key, label, and values for the type's own columns. */
export const INDUSTRY: readonly HardcodedChoice[] = [
  ['tech', 'Technology'],
  ['manufacturing', 'Manufacturing'],
  ['finance', 'Finance'],
  ['healthcare', 'Healthcare'],
  ['retail', 'Retail'],
  ['energy', 'Energy'],
  ['education', 'Education'],
  ['other', 'Other'],
];

export const LEAD_SOURCE: readonly HardcodedChoice[] = [
  ['web', 'Web Form'],
  ['event', 'Event'],
  ['referral', 'Referral'],
  ['ads', 'Paid Ads'],
  ['manual', 'Manual Entry'],
];

export const LEAD_STATUS: readonly HardcodedChoice[] = [
  ['new', 'New'],
  ['contacted', 'Contacted'],
  ['qualified', 'Qualified', { isQualified: true }],
  ['unqualified', 'Unqualified', { isClosed: true }],
  ['converted', 'Converted', { isQualified: true, isClosed: true }],
];

export const MARKETING_CHANNEL: readonly HardcodedChoice[] = [
  ['email', 'Email Marketing'],
  ['social', 'Social Media'],
  ['paid_ads', 'Paid Ads'],
  ['content', 'Content Marketing'],
  ['seo', 'SEO'],
  ['referral', 'Referral'],
  ['event', 'Events'],
  ['direct', 'Direct Traffic'],
  ['other', 'Other'],
];

export const ACCOUNT_TIER: readonly HardcodedChoice[] = [
  ['free', 'Free'],
  ['pro', 'Pro'],
  ['enterprise', 'Enterprise'],
];

export const DEAL_SIZE_CATEGORY: readonly HardcodedChoice[] = [
  ['small', 'Small'],
  ['medium', 'Medium'],
  ['large', 'Large'],
  ['enterprise', 'Enterprise'],
];

export const TASK_PRIORITY: readonly HardcodedChoice[] = [
  ['low', 'Low'],
  ['medium', 'Medium'],
  ['high', 'High'],
  ['critical', 'Critical'],
];

export const TASK_STATUS: readonly HardcodedChoice[] = [
  ['todo', 'To Do'],
  ['in_progress', 'In Progress'],
  ['completed', 'Completed', { isClosed: true }],
  ['cancelled', 'Cancelled', { isClosed: true }],
  ['overdue', 'Overdue'],
];

export const TASK_TYPE: readonly HardcodedChoice[] = [
  ['lead_review', 'Lead Review'],
  ['lead_contact', 'Lead Contact'],
  ['lead_qualify', 'Lead Qualification'],
  ['account_followup', 'Account Follow-up'],
  ['opportunity_demo', 'Opportunity Demo'],
  ['proposal_followup', 'Proposal Follow-up'],
  ['renewal_reminder', 'Renewal Reminder'],
  ['csat_followup', 'CSAT Follow-up'],
  ['case_escalation', 'Case Escalation'],
  ['nps_detractor', 'NPS Detractor Follow-up'],
  ['esg_engagement', 'ESG Engagement'],
  ['custom', 'Custom Task'],
];
