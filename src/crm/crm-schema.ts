import 'reflect-metadata';
import { GraphQLInputObjectType, type GraphQLInterfaceType, type GraphQLSchema } from 'graphql';
import { buildSchema } from 'type-graphql';
import { resolveOutputs } from '../choice/derive/graphql-output.ts';
import { createChoiceTypes } from '../choice/derive/graphql-type.ts';
import { deriveLifecycle } from '../choice/derive/lifecycle.ts';
import { createChoiceEnums } from '../choice/graphql/choice-enums.ts';
import { createChoiceResolvers } from '../choice/graphql/choice.resolver.ts';
import { createHistoryResolvers } from '../choice/graphql/history/choice-history.resolver.ts';
import { createCsvResolver } from '../choice/graphql/manage/csv.resolver.ts';
import { createManageResolvers } from '../choice/graphql/manage/create-manage-resolvers.ts';
import { createOperateResolvers } from '../choice/graphql/operate/operate.resolver.ts';
import { DateTime } from '../choice/graphql/date-time.ts';
import { createDeprecationResolver } from '../evolution/graphql/deprecation.resolver.ts';
import type { LifecycleEntry } from '../evolution/lifecycle.ts';
import { annotateSchema } from '../evolution/versions/annotate-schema.ts';
import { CreateAccountInput, UpdateAccountInput } from './account/account.input.ts';
import { accountRecord } from './account/account.record.ts';
import { AccountType } from './account/account.type.ts';
import { choiceRegistry } from './choice-fields.ts';
import { CreateLeadInput, UpdateLeadInput } from './lead/lead.input.ts';
import { leadRecord } from './lead/lead.record.ts';
import { LeadType } from './lead/lead.type.ts';
import { CreateOpportunityInput, UpdateOpportunityInput } from './opportunity/opportunity.input.ts';
import { opportunityRecord } from './opportunity/opportunity.record.ts';
import { OpportunityType } from './opportunity/opportunity.type.ts';
import { passOnMembers } from './pass-on-members.ts';
import { createRecordResolvers, createReferenceResolver } from './record/record-resolver.ts';
import { CreateTaskInput, UpdateTaskInput } from './task/task.input.ts';
import { taskRecord } from './task/task.record.ts';
import { TaskType } from './task/task.type.ts';
import { ViewerResolver } from './viewer.resolver.ts';

/** When members of the schema came and go: those of choice fields are derived. */
export const crmLifecycle: readonly LifecycleEntry[] = [
  ...deriveLifecycle(choiceRegistry.fields),
  ...[
    'choices',
    'choiceList',
    'choiceOptions',
    'choiceFields',
    'choiceHistory',
    'choiceRun',
    'choiceRuns',
    'deprecations',
    'exportChoices',
  ].map((query): LifecycleEntry => [`Query.${query}`, { introduced: '2026-11' }]),
  ...[
    'migrateChoices',
    'verifyChoices',
    'preferChoices',
    'rollbackChoices',
    'pauseMigration',
    'resumeMigration',
    'mapChoiceValues',
    'acceptChoiceValues',
    'createChoice',
    'updateChoice',
    'reorderChoices',
    'setChoiceActive',
    'setDefaultChoice',
    'deleteChoice',
    'restoreChoice',
    'addAlias',
    'removeAlias',
    'applyChoiceChanges',
    'revertChoiceChange',
    'mergeChoices',
    'undoChoiceMerge',
    'importChoices',
  ].map((mutation): LifecycleEntry => [`Mutation.${mutation}`, { introduced: '2026-11' }]),
];

let built: Promise<GraphQLSchema> | undefined;

/** The one schema that every API version is a view of. Built once: type-graphql keeps what classes declare for the process. */
export function buildCrmSchema(): Promise<GraphQLSchema> {
  built ??= build();
  return built;
}

let annotated: Promise<GraphQLSchema> | undefined;

/** The same, with the lifecycle of each member written on it. */
export function annotateCrmSchema(): Promise<GraphQLSchema> {
  annotated ??= buildCrmSchema().then((schema) => {
    annotateSchema(schema, crmLifecycle);
    return schema;
  });
  return annotated;
}

async function build(): Promise<GraphQLSchema> {
  const choiceTypes = createChoiceTypes(choiceRegistry.types);
  const enums = createChoiceEnums(choiceRegistry);
  const typeOf = (field: { type: (typeof choiceRegistry.types)[number] }) => choiceTypes.get(field.type)!;
  const resolvers = [
    ...createRecordResolvers(leadRecord, { type: LeadType, createInput: CreateLeadInput, updateInput: UpdateLeadInput }, typeOf),
    ...createRecordResolvers(
      accountRecord,
      { type: AccountType, createInput: CreateAccountInput, updateInput: UpdateAccountInput },
      typeOf,
    ),
    ...createRecordResolvers(
      opportunityRecord,
      { type: OpportunityType, createInput: CreateOpportunityInput, updateInput: UpdateOpportunityInput },
      typeOf,
    ),
    ...createRecordResolvers(taskRecord, { type: TaskType, createInput: CreateTaskInput, updateInput: UpdateTaskInput }, typeOf),
    createReferenceResolver(
      OpportunityType,
      'account',
      'accountId',
      { type: AccountType, record: accountRecord },
      { nullable: true, description: 'The account.' },
    ),
    createReferenceResolver(
      TaskType,
      'lead',
      'leadId',
      { type: LeadType, record: leadRecord },
      { nullable: true, description: 'The lead it is about.' },
    ),
    ...createChoiceResolvers(choiceRegistry, enums, choiceTypes),
    ...createHistoryResolvers(choiceRegistry, enums),
    ...createManageResolvers(choiceRegistry, enums),
    createCsvResolver(choiceRegistry, enums),
    ...createOperateResolvers(choiceRegistry, enums.fields),
    createDeprecationResolver(DateTime),
    ViewerResolver,
  ];
  const schema = await buildSchema({ resolvers: resolvers as never, orphanedTypes: [...choiceTypes.values()], validate: false });
  schema.getQueryType()!.description = 'Reads. They need a token of the tenant whose data they read.';
  schema.getMutationType()!.description = 'Writes. They need a token with the role writer.';
  // type-graphql neither prints nor enforces @oneOf; graphql-js does both once it knows.
  for (const name of ['ChoiceRefInput', 'ChoiceChangeInput']) (schema.getType(name) as GraphQLInputObjectType).isOneOf = true;
  // type-graphql would answer a promise for each.
  (schema.getType('Choice') as GraphQLInterfaceType).resolveType = (choice: { readonly type: string }) => choice.type;
  passOnMembers(schema);
  resolveOutputs(schema, choiceRegistry.fields);
  return schema;
}
