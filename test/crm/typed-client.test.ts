import { describe, expect, test } from '@jest/globals';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';
import { LegacyLeadsDocument, LegacyUpdateLeadDocument } from '../generated/2026-01/graphql.ts';
import { CreateLeadDocument, LeadIndustryOptionsDocument, LeadsDocument, UpdateLeadDocument } from '../generated/2026-11/graphql.ts';
import { useServedCrm } from '../harness/served-crm.ts';

describe('clients with generated types', () => {
  const served = useServedCrm('populated');

  const send = async <Result, Variables extends Record<string, unknown>>(
    path: string,
    document: TypedDocumentNode<Result, Variables>,
    variables: Variables,
  ): Promise<Result> => {
    const { body } = await served.api.send(print(document), variables, { path });
    expect(body.errors).toBeUndefined();
    return body.data as Result;
  };

  test('an old client and a new client read and write the same lead', async () => {
    const { choiceOptions } = await send('/graphql/2026-11', LeadIndustryOptionsDocument, {});
    expect(choiceOptions.source).toBe('DYNAMIC');
    const tech = choiceOptions.options.find((option) => option.key === 'tech')!;
    const input = {
      firstName: 'Ada',
      lastName: 'Byron',
      email: 'ada@example.com',
      company: 'Engines',
      industryRef: { id: tech.id! },
      leadSourceRef: { key: 'web' },
    };
    const { createLead } = await send('/graphql/2026-11', CreateLeadDocument, { input });
    expect(createLead.lead.industryRef).toEqual({ id: tech.id, key: 'tech', label: 'Technology' });

    const { leads: legacy } = await send('/graphql/2026-01', LegacyLeadsDocument, {
      first: 10,
      orderBy: [{ field: 'INDUSTRY', direction: 'DESC' }],
    });
    expect(legacy.nodes).toEqual([
      expect.objectContaining({ id: createLead.lead.id, industry: 'tech', leadSource: 'web', status: 'new', marketingChannel: '' }),
    ]);
    const { updateLead } = await send('/graphql/2026-01', LegacyUpdateLeadDocument, {
      id: createLead.lead.id,
      input: { version: 1, industry: 'finance' },
    });
    expect(updateLead.lead).toMatchObject({ version: 2, industry: 'finance' });

    const { leads } = await send('/graphql/2026-11', LeadsDocument, { filter: { industryRef: { key: ['finance'] } } });
    expect(leads.totalCount).toBe(1);
    expect(leads.nodes[0]).toMatchObject({
      industryRef: { key: 'finance' },
      industryLabel: 'Finance',
      statusRef: { key: 'new', isClosed: false },
    });
    const back = await send('/graphql/2026-11', UpdateLeadDocument, { id: createLead.lead.id, input: { industryRef: { id: tech.id! } } });
    expect(back.updateLead.lead).toMatchObject({ version: 3, industryRef: { key: 'tech' } });
  });
});
