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

export type CreateLeadMutationVariables = Exact<{
  input: CreateLeadInput;
}>;


export type CreateLeadMutation = { createLead: { lead: { id: string, industryRef: { key: string } | null } } };

export type LeadsQueryVariables = Exact<{
  first: number;
  filter?: LeadFilter | null | undefined;
}>;


export type LeadsQuery = { leads: { nodes: Array<{ id: string, firstName: string, lastName: string, industryRef: { key: string } | null, state: { key: string } | null }> } };

export type TechLeadsQueryVariables = Exact<{ [key: string]: never; }>;


export type TechLeadsQuery = { leads: { totalCount: number } };


export const CreateLeadDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"CreateLead"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"CreateLeadInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createLead"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"lead"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"industryRef"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"key"}}]}}]}}]}}]}}]} as unknown as DocumentNode<CreateLeadMutation, CreateLeadMutationVariables>;
export const LeadsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Leads"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"LeadFilter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"leads"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}},{"kind":"Argument","name":{"kind":"Name","value":"orderBy"},"value":{"kind":"ListValue","values":[{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"field"},"value":{"kind":"EnumValue","value":"LAST_NAME"}}]}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"firstName"}},{"kind":"Field","name":{"kind":"Name","value":"lastName"}},{"kind":"Field","name":{"kind":"Name","value":"industryRef"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"key"}}]}},{"kind":"Field","alias":{"kind":"Name","value":"state"},"name":{"kind":"Name","value":"statusRef"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"key"}}]}}]}}]}}]}}]} as unknown as DocumentNode<LeadsQuery, LeadsQueryVariables>;
export const TechLeadsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"TechLeads"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"leads"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"industryRef"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"key"},"value":{"kind":"ListValue","values":[{"kind":"StringValue","value":"tech","block":false}]}}]}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"totalCount"}}]}}]}}]} as unknown as DocumentNode<TechLeadsQuery, TechLeadsQueryVariables>;