import { encodeCursor } from '../../src/choice/graphql/cursor.ts';
import { issueToken } from '../../src/tenancy/issue-token.ts';
import { BENCH_SECRET } from '../read-path/contenders.ts';
import { ourDialect } from '../read-path/graphql-requests.ts';
import type { ChoiceMember, PageOperation } from '../read-path/operations.ts';
import type { Sizes } from './dataset.ts';

/** A place on a curve: whose leads are asked for, and how. */
export interface Point {
  readonly label: string;
  /** Slugs; one request after the other is of another one. */
  readonly tenants: readonly string[];
  readonly page: Pick<PageOperation, 'choices' | 'after'>;
}

export interface Curve {
  readonly name: string;
  readonly title: string;
  readonly points: readonly Point[];
}

const CHOICES: readonly ChoiceMember[] = ['industry', 'leadSource', 'status', 'marketingChannel'];
const DEPTHS = [0, 0.1, 0.5, 0.9999];
const TENANTS = [10, 100, 1_000, 10_000];
const format = (number: number) => number.toLocaleString('en');

/** `findLead`: the id of a tenant's lead before which that share of its leads is. */
export async function listCurves(
  { leads, tenants }: Sizes,
  findLead: (slug: string, share: number) => Promise<string>,
): Promise<readonly Curve[]> {
  const largest = `leads-${leads.at(-1)}`;
  const industry = { choices: CHOICES.slice(0, 1) };
  const depth = async (share: number): Promise<Point> => ({
    label: share === 0 ? 'first' : `after ${format(Math.floor(leads.at(-1)! * share))}`,
    tenants: [largest],
    page: { ...industry, ...(share > 0 && { after: await findLead(largest, share) }) },
  });
  return [
    {
      name: 'tenants',
      title: 'tenants, by turns',
      points: TENANTS.filter((count) => count <= tenants).map((count) => ({
        label: format(count),
        tenants: Array.from({ length: count }, (_, at) => `small-${at + 1}`),
        page: industry,
      })),
    },
    {
      name: 'leads',
      title: 'leads of the tenant',
      points: leads.map((size) => ({ label: format(size), tenants: [`leads-${size}`], page: industry })),
    },
    { name: 'depth', title: `page of ${format(leads.at(-1)!)} leads`, points: await Promise.all(DEPTHS.map(depth)) },
    {
      name: 'fields',
      title: 'choice fields, string and ref',
      points: Array.from({ length: CHOICES.length + 1 }, (_, count) => ({
        label: String(count),
        tenants: [largest],
        page: { choices: CHOICES.slice(0, count) },
      })),
    },
  ];
}

/** What is sent for a point: the same text every time, by other tenants' tokens. */
export async function createRequest({ tenants, page }: Point): Promise<{ body: string; tokens: readonly string[] }> {
  const operation: PageOperation = { kind: 'page', name: '', title: '', first: 50, ...page };
  // A cursor of ours; nobody has to be asked for one.
  const request = ourDialect.page(operation, () =>
    Promise.reject(new Error(`expected no question, got one for ${encodeCursor('', { values: [], id: '' })}`)),
  );
  const tokens = await Promise.all(
    tenants.map((tenant) => issueToken(BENCH_SECRET, { subject: 'bench', tenant, roles: ['reader'], expiresIn: '1d' })),
  );
  return { body: JSON.stringify(await request), tokens };
}
