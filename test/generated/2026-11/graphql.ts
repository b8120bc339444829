/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
/** Selects records by a choice. Conditions given together must all hold; a merged choice stands for its survivor. */
export type ChoiceFilter = {
  /** The record has one of these choices. */
  id?: Array<string> | null | undefined;
  /** Whether the record answers no choice: it is empty, or its value is one that no choice stands for. */
  isNull?: boolean | null | undefined;
  /** The record has a choice with one of these keys. */
  key?: Array<string> | null | undefined;
};

/** Names a choice by its id or by its key: exactly one of the two. */
export type ChoiceRefInput =
  {   /** Id of the choice. */
  id: string; key?: never; }
  |  { id?: never;   /** Key of the choice. */
  key: string; };

/** Where a list of choices comes from. */
export type ChoiceSource =
  /** The tenant's own choices. */
  | 'DYNAMIC'
  /** The list that the code had before choices became records; the tenant has none of its own yet. */
  | 'HARDCODED';

/** A new lead. */
export type CreateLeadInput = {
  /** The company's revenue a year. */
  annualRevenue?: string | null | undefined;
  /** Where the person works, at most 200 characters. */
  company: string;
  /** Country, at most 100 characters. */
  country?: string | null | undefined;
  /** E-mail address, at most 254 characters. */
  email: string;
  /** Given name, at most 100 characters. */
  firstName: string;
  /**
   * Key of the industry. Null clears it.
   * @deprecated Use `industryRef: { key: … }`. Removed in 2027-07.
   */
  industry?: string | null | undefined;
  /** The industry. Null clears it; on a record that answers null already it changes nothing. */
  industryRef?: ChoiceRefInput | null | undefined;
  /** What the person does there, at most 200 characters. */
  jobTitle?: string | null | undefined;
  /** Family name, at most 100 characters. */
  lastName: string;
  /** How promising the lead is; 0 if absent. */
  leadScore?: number | null | undefined;
  /**
   * Key of the lead source. Null clears it.
   * @deprecated Use `leadSourceRef: { key: … }`. Removed in 2027-07.
   */
  leadSource?: string | null | undefined;
  /** The lead source. Null clears it; on a record that answers null already it changes nothing. */
  leadSourceRef?: ChoiceRefInput | null | undefined;
  /**
   * Key of the marketing channel. Null clears it.
   * @deprecated Use `marketingChannelRef: { key: … }`. Removed in 2027-07.
   */
  marketingChannel?: string | null | undefined;
  /** The marketing channel. Null clears it; on a record that answers null already it changes nothing. */
  marketingChannelRef?: ChoiceRefInput | null | undefined;
  /** Phone number, at most 50 characters. */
  phone?: string | null | undefined;
  /**
   * Key of the status. Null clears it.
   * @deprecated Use `statusRef: { key: … }`. Removed in 2027-07.
   */
  status?: string | null | undefined;
  /** The status. Null clears it; on a record that answers null already it changes nothing. */
  statusRef?: ChoiceRefInput | null | undefined;
};

/** Selects records of type Lead. Conditions given together must all hold. */
export type LeadFilter = {
  /**
   * Records that answer exactly this industry.
   * @deprecated Use `industryRef: { key: [ … ] }`. Removed in 2027-07.
   */
  industry?: string | null | undefined;
  /** Records by their industry. */
  industryRef?: ChoiceFilter | null | undefined;
  /**
   * Records that answer exactly this lead source.
   * @deprecated Use `leadSourceRef: { key: [ … ] }`. Removed in 2027-07.
   */
  leadSource?: string | null | undefined;
  /** Records by their lead source. */
  leadSourceRef?: ChoiceFilter | null | undefined;
  /**
   * Records that answer exactly this marketing channel.
   * @deprecated Use `marketingChannelRef: { key: [ … ] }`. Removed in 2027-07.
   */
  marketingChannel?: string | null | undefined;
  /** Records by their marketing channel. */
  marketingChannelRef?: ChoiceFilter | null | undefined;
  /** Records that contain this text, in any case, in `firstName`, `lastName`, `email`, `company`. At most 200 characters. */
  search?: string | null | undefined;
  /**
   * Records that answer exactly this status.
   * @deprecated Use `statusRef: { key: [ … ] }`. Removed in 2027-07.
   */
  status?: string | null | undefined;
  /** Records by their status. */
  statusRef?: ChoiceFilter | null | undefined;
};

/** How to order records of type Lead. */
export type LeadOrder = {
  /** Which way. */
  direction?: OrderDirection;
  /** What to order by. */
  field: LeadOrderField;
};

/** What records of type Lead can be ordered by. */
export type LeadOrderField =
  /** By `annualRevenue`; null counts as the smallest. */
  | 'ANNUAL_REVENUE'
  /** By `company`; null counts as the smallest. */
  | 'COMPANY'
  /** By `country`; null counts as the smallest. */
  | 'COUNTRY'
  /** By `createdAt`; null counts as the smallest. */
  | 'CREATED_AT'
  /** By `email`; null counts as the smallest. */
  | 'EMAIL'
  /** By `firstName`; null counts as the smallest. */
  | 'FIRST_NAME'
  /** By the position of the industry; records without one come after all others, before them if descending. */
  | 'INDUSTRY'
  /** By `lastName`; null counts as the smallest. */
  | 'LAST_NAME'
  /** By `leadScore`; null counts as the smallest. */
  | 'LEAD_SCORE'
  /** By the position of the lead source; records without one come after all others, before them if descending. */
  | 'LEAD_SOURCE'
  /** By the position of the marketing channel; records without one come after all others, before them if descending. */
  | 'MARKETING_CHANNEL'
  /** By the position of the status; records without one come after all others, before them if descending. */
  | 'STATUS'
  /** By `updatedAt`; null counts as the smallest. */
  | 'UPDATED_AT';

/** Which way to order. */
export type OrderDirection =
  /** Smallest, first or oldest first. */
  | 'ASC'
  /** Largest, last or newest first. */
  | 'DESC';

/** Changes of a lead. What is absent stays. */
export type UpdateLeadInput = {
  /** The company's revenue a year. Null clears it. */
  annualRevenue?: string | null | undefined;
  /** Where the person works, at most 200 characters. */
  company?: string | null | undefined;
  /** Country, at most 100 characters. Null clears it. */
  country?: string | null | undefined;
  /** E-mail address, at most 254 characters. */
  email?: string | null | undefined;
  /** Given name, at most 100 characters. */
  firstName?: string | null | undefined;
  /**
   * Key of the industry. Null clears it.
   * @deprecated Use `industryRef: { key: … }`. Removed in 2027-07.
   */
  industry?: string | null | undefined;
  /** The industry. Null clears it; on a record that answers null already it changes nothing. */
  industryRef?: ChoiceRefInput | null | undefined;
  /** What the person does there, at most 200 characters. Null clears it. */
  jobTitle?: string | null | undefined;
  /** Family name, at most 100 characters. */
  lastName?: string | null | undefined;
  /** How promising the lead is. */
  leadScore?: number | null | undefined;
  /**
   * Key of the lead source. Null clears it.
   * @deprecated Use `leadSourceRef: { key: … }`. Removed in 2027-07.
   */
  leadSource?: string | null | undefined;
  /** The lead source. Null clears it; on a record that answers null already it changes nothing. */
  leadSourceRef?: ChoiceRefInput | null | undefined;
  /**
   * Key of the marketing channel. Null clears it.
   * @deprecated Use `marketingChannelRef: { key: … }`. Removed in 2027-07.
   */
  marketingChannel?: string | null | undefined;
  /** The marketing channel. Null clears it; on a record that answers null already it changes nothing. */
  marketingChannelRef?: ChoiceRefInput | null | undefined;
  /** Phone number, at most 50 characters. Null clears it. */
  phone?: string | null | undefined;
  /**
   * Key of the status. Null clears it.
   * @deprecated Use `statusRef: { key: … }`. Removed in 2027-07.
   */
  status?: string | null | undefined;
  /** The status. Null clears it; on a record that answers null already it changes nothing. */
  statusRef?: ChoiceRefInput | null | undefined;
  /** The version that the changes are based on. If the record has another one by now, the answer is CONFLICT. */
  version?: number | null | undefined;
};

export type LeadsQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  filter?: LeadFilter | null | undefined;
  orderBy?: Array<LeadOrder> | LeadOrder | null | undefined;
}>;


export type LeadsQuery = { leads: { totalCount: number, pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, version: number, firstName: string, lastName: string, industryLabel: string | null, industryRef: { id: string, key: string, label: string } | null, statusRef: { isClosed: boolean, id: string, key: string, label: string } | null }> } };

export type CreateLeadMutationVariables = Exact<{
  input: CreateLeadInput;
}>;


export type CreateLeadMutation = { createLead: { lead: { id: string, version: number, industryRef: { id: string, key: string, label: string } | null } } };

export type UpdateLeadMutationVariables = Exact<{
  id: string;
  input: UpdateLeadInput;
}>;


export type UpdateLeadMutation = { updateLead: { lead: { id: string, version: number, industryRef: { id: string, key: string, label: string } | null } } };

export type LeadIndustryOptionsQueryVariables = Exact<{ [key: string]: never; }>;


export type LeadIndustryOptionsQuery = { choiceOptions: { source: ChoiceSource, required: boolean, options: Array<{ id: string | null, key: string, label: string }> } };

type ChoiceParts_AccountTier_Fragment = { id: string, key: string, label: string };

type ChoiceParts_DealSizeCategory_Fragment = { id: string, key: string, label: string };

type ChoiceParts_Industry_Fragment = { id: string, key: string, label: string };

type ChoiceParts_LeadSource_Fragment = { id: string, key: string, label: string };

type ChoiceParts_LeadStatus_Fragment = { id: string, key: string, label: string };

type ChoiceParts_MarketingChannel_Fragment = { id: string, key: string, label: string };

type ChoiceParts_TaskPriority_Fragment = { id: string, key: string, label: string };

type ChoiceParts_TaskStatus_Fragment = { id: string, key: string, label: string };

type ChoiceParts_TaskType_Fragment = { id: string, key: string, label: string };

export type ChoicePartsFragment =
  | ChoiceParts_AccountTier_Fragment
  | ChoiceParts_DealSizeCategory_Fragment
  | ChoiceParts_Industry_Fragment
  | ChoiceParts_LeadSource_Fragment
  | ChoiceParts_LeadStatus_Fragment
  | ChoiceParts_MarketingChannel_Fragment
  | ChoiceParts_TaskPriority_Fragment
  | ChoiceParts_TaskStatus_Fragment
  | ChoiceParts_TaskType_Fragment
;

export const ChoicePartsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ChoiceParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Choice"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"label"}}]}}]} as unknown as DocumentNode<ChoicePartsFragment, unknown>;
export const LeadsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Leads"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"LeadFilter"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"orderBy"}},"type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"LeadOrder"}}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"leads"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}},{"kind":"Argument","name":{"kind":"Name","value":"orderBy"},"value":{"kind":"Variable","name":{"kind":"Name","value":"orderBy"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"totalCount"}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}},{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"firstName"}},{"kind":"Field","name":{"kind":"Name","value":"lastName"}},{"kind":"Field","name":{"kind":"Name","value":"industryRef"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"ChoiceParts"}}]}},{"kind":"Field","name":{"kind":"Name","value":"industryLabel"}},{"kind":"Field","name":{"kind":"Name","value":"statusRef"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"ChoiceParts"}},{"kind":"Field","name":{"kind":"Name","value":"isClosed"}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ChoiceParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Choice"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"label"}}]}}]} as unknown as DocumentNode<LeadsQuery, LeadsQueryVariables>;
export const CreateLeadDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"CreateLead"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"CreateLeadInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createLead"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"lead"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"industryRef"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"ChoiceParts"}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ChoiceParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Choice"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"label"}}]}}]} as unknown as DocumentNode<CreateLeadMutation, CreateLeadMutationVariables>;
export const UpdateLeadDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"UpdateLead"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"UpdateLeadInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"updateLead"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}},{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"lead"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"industryRef"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"ChoiceParts"}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ChoiceParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Choice"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"label"}}]}}]} as unknown as DocumentNode<UpdateLeadMutation, UpdateLeadMutationVariables>;
export const LeadIndustryOptionsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"LeadIndustryOptions"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"choiceOptions"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"field"},"value":{"kind":"EnumValue","value":"LEAD_INDUSTRY"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"source"}},{"kind":"Field","name":{"kind":"Name","value":"required"}},{"kind":"Field","name":{"kind":"Name","value":"options"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"label"}}]}}]}}]}}]} as unknown as DocumentNode<LeadIndustryOptionsQuery, LeadIndustryOptionsQueryVariables>;