import { afterEach, describe, expect, test } from '@jest/globals';
import { DeclarationError } from '../../src/errors.ts';
import { annotateSchema } from '../../src/evolution/versions/annotate-schema.ts';
import { apiVersions } from '../../src/evolution/versions/api-versions.ts';
import { viewSchema } from '../../src/evolution/versions/view-schema.ts';
import { createToySchema, toyLifecycle } from './toy/toy-schema.ts';
import { startToyServer } from './toy/toy-server.ts';
import type { ToyServer } from './toy/toy-server.ts';
import { createToyUsage } from './toy/toy-usage.ts';

const LEAD = { query: '{ lead(id: "1") { name } }' };
const END = 'Mon, 31 Jan 2028 00:00:00 GMT';

let server: ToyServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** Both versions, of which each has an end, and the path of the current one. */
function start(ends: string): Promise<ToyServer> {
  const schema = createToySchema();
  annotateSchema(schema, toyLifecycle);
  const [older, newer] = apiVersions;
  const views = [
    { path: '/graphql', version: newer!, ends },
    { path: '/graphql/2026-01', version: older!, ends },
    { path: '/graphql/2026-11', version: newer!, ends },
  ];
  return startToyServer({
    views: views.map((view) => ({ ...view, schema: viewSchema(schema, view.version) })),
    usage: createToyUsage({}, ['quiet']),
  });
}

describe('a version whose end is known announces it', () => {
  test.each(['/graphql/2026-01', '/graphql/2026-11'])('with every answer of %s, whatever is asked', async (path) => {
    server = await start('2028-01-31');
    const answers = [
      await server.post(LEAD, {}, path),
      await server.post({ query: '{ nothing }' }, {}, path),
      await server.post(LEAD, { authorization: 'Bearer none' }, path),
      await server.post('{', {}, path),
      await fetch(`${server.url}${path}?sdl`),
      await fetch(`${server.url}${path}`, { headers: { accept: 'text/html' } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 400, 401, 400, 200, 200]);
    expect(answers.map(({ headers }) => headers.get('sunset'))).toEqual(answers.map(() => END));
    expect(answers[0]!.headers.get('deprecation')).toBeNull();
  });

  test('but not at /graphql, which goes on with the next version', async () => {
    server = await start('2028-01-31');
    const response = await server.post({ query: '{ lead(id: "1") { industry } }' });
    expect(response.headers.get('sunset')).toBeNull();
    expect(response.headers.get('deprecation')).not.toBeNull();
  });

  test('nor to a client that is not to be told', async () => {
    server = await start('2028-01-31');
    const response = await server.post(LEAD, { 'x-graphql-client-name': 'quiet' }, '/graphql/2026-01');
    expect(response.headers.get('sunset')).toBeNull();
  });
});

test.each(['2028', '2028-13-01', '2027-02-29', '2028-01-31T10:00:00Z', 'soon'])('%p is no end of a version', async (ends) => {
  await expect(start(ends)).rejects.toThrow(DeclarationError);
  await expect(start(ends)).rejects.toThrow(`Version 2026-01: expected the day of its end as YYYY-MM-DD but got "${ends}"`);
});
