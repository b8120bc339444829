import { expect, test } from '@jest/globals';
import { createVersionSchemas } from '../../../src/app.ts';
import { buildCrmSchema, crmLifecycle } from '../../../src/crm/crm-schema.ts';
import { annotateSchema } from '../../../src/evolution/versions/annotate-schema.ts';
import { apiVersions, nextVersion } from '../../../src/evolution/versions/api-versions.ts';
import { listBundledPublications } from '../../../src/evolution/versions/bundled-publications.ts';
import { printVersion } from '../../../src/evolution/versions/print-version.ts';
import { hashSdl } from '../../../src/evolution/versions/published-version.ts';
import { requirePublications } from '../../../src/evolution/versions/require-publications.ts';
import { viewSchema } from '../../../src/evolution/versions/view-schema.ts';

const NOW = new Date('2027-08-01T00:00:00Z');
const [FIRST, CURRENT] = apiVersions;
const JULY = { name: '2027-07', month: '2027-07' };
const refusal = (...mistakes: string[]) =>
  expect.objectContaining({
    name: 'DeclarationError',
    message: `The API cannot be served:\n${mistakes.map((mistake) => `- ${mistake}`).join('\n')}`,
  });

/** The API with a version that is without `Lead.industry`, which no more than code says. */
async function makeJuly() {
  const schema = await buildCrmSchema();
  annotateSchema(
    schema,
    crmLifecycle.map(([coordinate, lifecycle]) => [
      coordinate,
      coordinate === 'Lead.industry' ? { ...lifecycle, removed: JULY.month } : lifecycle,
    ]),
  );
  return new Map([FIRST!, CURRENT!, JULY, nextVersion].map((version) => [version, viewSchema(schema, version)]));
}

test('the API as it is can be served: 2026-11, which only adds, though it may be open', async () => {
  requirePublications(await createVersionSchemas(), listBundledPublications(), NOW);
});

test('a version that leaves a member out is not served before it is published', async () => {
  const views = await makeJuly();
  const published = [...views]
    .filter(([{ name }]) => name !== 'next')
    .map(([{ name }, view]) => ({ name, publishedAt: '2027-07-01T00:00:00.000Z', sha256: hashSdl(printVersion(view)) }));
  expect(() => requirePublications(views, published.slice(0, 2), NOW)).toThrow(
    refusal('2027-07 breaks operations of 2026-11 (Lead.industry) and is not published. Run: choices schema publish 2027-07'),
  );
  expect(() => requirePublications(views, published, NOW)).toThrow(
    refusal('2027-07 lacks Lead.industry, and its entry no verdict on that. Take its entry out, and run: choices schema publish 2027-07'),
  );
  const evidence = { figures: {}, leavePinned: false, removals: [{ coordinate: 'Lead.industry', verdict: 'SAFE', uses: 0 }] };
  requirePublications(
    views,
    published.map((entry) => (entry.name === JULY.name ? { ...entry, evidence } : entry)),
    NOW,
  );
});

test('a version is not held to one that it was never compared with: the one between them ended', async () => {
  const july = await makeJuly();
  const evidence = { figures: {}, leavePinned: false, removals: [{ coordinate: 'Lead.industry', verdict: 'SAFE', uses: 0 }] };
  const published = [...july]
    .filter(([{ name }]) => name !== 'next')
    .map(([{ name }, view]) => ({ name, publishedAt: '2027-07-01T00:00:00.000Z', sha256: hashSdl(printVersion(view)) }))
    .map((entry) => ({
      ...entry,
      ...(entry.name === CURRENT!.name && { ends: '2027-07-31' }),
      ...(entry.name === JULY.name && { evidence }),
    }));
  const views = new Map([...july].filter(([{ name }]) => name !== CURRENT!.name));
  requirePublications(views, published, NOW);
});

test('another schema than was published is not served', async () => {
  const [entry] = listBundledPublications();
  const views = await createVersionSchemas();
  expect(() => requirePublications(views, [{ ...entry!, sha256: '0'.repeat(64) }], NOW)).toThrow(
    refusal('The code makes another schema of 2026-01 than was published on 2026-01-01T00:00:00.000Z. Run: choices schema check'),
  );
});

test('a published version is served until its end', async () => {
  const [entry] = listBundledPublications();
  const views = new Map([...(await createVersionSchemas())].slice(1));
  expect(() => requirePublications(views, [entry!], NOW)).toThrow(
    refusal(
      '2026-01 is published, and the code no longer makes it, but no end is announced. Run: choices schema end 2026-01 --on YYYY-MM-DD. Keep it in apiVersions',
    ),
  );
  expect(() => requirePublications(views, [{ ...entry!, ends: '2027-08-02' }], NOW)).toThrow(
    refusal(
      '2026-01 is published, and the code no longer makes it, but it is served until 2027-08-02 begins in UTC. Keep it in apiVersions',
    ),
  );
  requirePublications(views, [{ ...entry!, ends: '2027-08-01' }], NOW);
});
