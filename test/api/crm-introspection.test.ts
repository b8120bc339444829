import { beforeAll, describe, expect, test } from '@jest/globals';
import { buildClientSchema, buildSchema, getIntrospectionQuery } from 'graphql';
import type { GraphQLSchema, IntrospectionQuery } from 'graphql';
import { diffSchemas } from '../../src/evolution/diff/diff-schemas.ts';
import { servedVersions } from '../../src/evolution/versions/api-versions.ts';
import { printVersion } from '../../src/evolution/versions/print-version.ts';
import { useServedCrm } from '../harness/served-crm.ts';

const served = useServedCrm('expanded');
const PATHS = ['/graphql', ...servedVersions.map(({ name }) => `/graphql/${name}`)];
const EVERYTHING = { inputValueDeprecation: true, oneOf: true, specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true };

/** Without a token, and with what a tool such as rover sends: a name, no variables, any type of answer. */
async function introspect(path: string, query: string): Promise<IntrospectionQuery> {
  const response = await fetch(`${served.api.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: '*/*', 'user-agent': 'rover/0.0.0' },
    body: JSON.stringify({ operationName: 'IntrospectionQuery', variables: null, query }),
  });
  expect(response.status).toBe(200);
  const { data, errors } = (await response.json()) as { data: IntrospectionQuery; errors?: unknown };
  expect(errors).toBeUndefined();
  return data;
}

describe.each(PATHS)('%s of the CRM', (path) => {
  let sdl: string;
  let downloaded: GraphQLSchema;
  beforeAll(async () => {
    sdl = await (await fetch(`${served.api.url}${path}?sdl`)).text();
    downloaded = buildSchema(sdl);
  });

  test('tells by introspection, deprecated inputs included, the schema that it hands out as SDL', async () => {
    const introspected = buildClientSchema(await introspect(path, getIntrospectionQuery(EVERYTHING)));
    expect(printVersion(introspected)).toBe(sdl);
    expect(diffSchemas(introspected, downloaded)).toEqual([]);
  });

  test('tells a tool that does not ask for deprecated inputs the same schema without them', async () => {
    const introspected = buildClientSchema(await introspect(path, getIntrospectionQuery({ ...EVERYTHING, inputValueDeprecation: false })));
    const hidden = diffSchemas(introspected, downloaded).map(({ coordinate }) => coordinate);
    const expected = ['/graphql', '/graphql/2026-11'].includes(path) ? expect.arrayContaining(['LeadFilter.industry']) : [];
    expect(hidden).toEqual(expected);
  });
});
