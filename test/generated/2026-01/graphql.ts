/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
/** Selects records of type Lead. Conditions given together must all hold. */
export type LeadFilter = {
  /** Records that answer exactly this industry. */
  industry?: string | null | undefined;
  /** Records that answer exactly this lead source. */
  leadSource?: string | null | undefined;
  /** Records that answer exactly this marketing channel. */
  marketingChannel?: string | null | undefined;
  /** Records that contain this text, in any case, in `firstName`, `lastName`, `email`, `company`. At most 200 characters. */
  search?: string | null | undefined;
  /** Records that answer exactly this status. */
  status?: string | null | undefined;
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
  /** Key of the industry. Null clears it. */
  industry?: string | null | undefined;
  /** What the person does there, at most 200 characters. Null clears it. */
  jobTitle?: string | null | undefined;
  /** Family name, at most 100 characters. */
  lastName?: string | null | undefined;
  /** How promising the lead is. */
  leadScore?: number | null | undefined;
  /** Key of the lead source. Null clears it. */
  leadSource?: string | null | undefined;
  /** Key of the marketing channel. Null clears it. */
  marketingChannel?: string | null | undefined;
  /** Phone number, at most 50 characters. Null clears it. */
  phone?: string | null | undefined;
  /** Key of the status. Null clears it. */
  status?: string | null | undefined;
  /** The version that the changes are based on. If the record has another one by now, the answer is CONFLICT. */
  version?: number | null | undefined;
};

export type LegacyLeadsQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  filter?: LeadFilter | null | undefined;
  orderBy?: Array<LeadOrder> | LeadOrder | null | undefined;
}>;


export type LegacyLeadsQuery = { leads: { totalCount: number, pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, version: number, firstName: string, lastName: string, industry: string | null, leadSource: string | null, status: string | null, marketingChannel: string | null }> } };

export type LegacyUpdateLeadMutationVariables = Exact<{
  id: string;
  input: UpdateLeadInput;
}>;


export type LegacyUpdateLeadMutation = { updateLead: { lead: { id: string, version: number, industry: string | null, leadSource: string | null, status: string | null, marketingChannel: string | null } } };


export const LegacyLeadsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"LegacyLeads"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"LeadFilter"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"orderBy"}},"type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"LeadOrder"}}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"leads"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}},{"kind":"Argument","name":{"kind":"Name","value":"orderBy"},"value":{"kind":"Variable","name":{"kind":"Name","value":"orderBy"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"totalCount"}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}},{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"firstName"}},{"kind":"Field","name":{"kind":"Name","value":"lastName"}},{"kind":"Field","name":{"kind":"Name","value":"industry"}},{"kind":"Field","name":{"kind":"Name","value":"leadSource"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"marketingChannel"}}]}}]}}]}}]} as unknown as DocumentNode<LegacyLeadsQuery, LegacyLeadsQueryVariables>;
export const LegacyUpdateLeadDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"LegacyUpdateLead"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"UpdateLeadInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"updateLead"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}},{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"lead"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"industry"}},{"kind":"Field","name":{"kind":"Name","value":"leadSource"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"marketingChannel"}}]}}]}}]}}]} as unknown as DocumentNode<LegacyUpdateLeadMutation, LegacyUpdateLeadMutationVariables>;