import { describe, expect, test } from '@jest/globals';
import { findSites } from './find-sites.ts';

/** Documents of their own files, as a generator takes them. */
const DOCUMENTS = `
  query Leads { leads { nodes { id industry account: company } } }
  query Lead($id: ID!) { lead(id: $id) { sector: industry } }
  query Company { account(id: 1) { name } }
  mutation CreateLead($input: CreateLeadInput!) { createLead(input: $input) { lead { id } } }
  query Search($industry: String!) { leads(filter: { industry: $industry }) { totalCount } }
  fragment LeadRow on Lead { leadSource }
  query Rows { leads { nodes { ...LeadRow } } }`;

const LEADS = 'leads.nodes.industry → leads.nodes.industryRef.key';
const LEAD = 'lead.sector → lead.sector.key';
const ROW = 'leadSource → leadSourceRef.key';
const INPUT = 'input.industry → input.industryRef.key';

interface Fixture {
  readonly name: string;
  readonly script: string;
  /** `line kind confidence text: before → after` */
  readonly sites: readonly string[];
}

const fixtures: readonly Fixture[] = [
  {
    name: 'a chain from a generated hook',
    script: 'const { data } = useLeadsQuery();\nshow(data?.leads?.nodes[0]!.industry);',
    sites: [`2 read sure industry: ${LEADS}`],
  },
  {
    name: 'destructuring at every depth, with other names and defaults',
    script: "const { leads: { nodes: [{ industry: branch = '' }] } } = await request(url, LeadsDocument);",
    sites: [`1 read sure industry: ${LEADS}`],
  },
  {
    name: 'callbacks of list methods',
    script:
      'const { data } = await client.query({ query: LeadsDocument });\ndata.leads.nodes.filter((lead) => lead.industry).map(({ industry }) => industry);\nfor (const lead of data.leads.nodes) show(lead["industry"]);',
    sites: [`2 read sure industry: ${LEADS}`, `2 read sure industry: ${LEADS}`, `3 read sure "industry": ${LEADS}`],
  },
  {
    name: 'values that go through variables, conditions, casts and functions of the file',
    script:
      'async function load() {\n  const result = await client.query({ query: LeadsDocument });\n  return result.data.leads;\n}\nconst nodes = ((await load()) ?? empty).nodes as Lead[];\nconst first = nodes.at(0)!;\nshow(first.industry);',
    sites: [`7 read sure industry: ${LEADS}`],
  },
  {
    name: 'a generated method',
    script: 'const { data } = await sdk.Leads({ first: 1 });\nshow(data.leads.nodes[0].industry);',
    sites: [`2 read sure industry: ${LEADS}`],
  },
  {
    name: 'a promise',
    script: 'request(url, LeadsDocument).then(({ leads }) => leads.nodes.map((lead) => lead.industry));',
    sites: [`1 read sure industry: ${LEADS}`],
  },
  {
    name: 'parameters with generated types, and aliases of types',
    script:
      "import type { LeadsQuery, LeadRowFragment } from './generated';\ntype Node = NonNullable<LeadsQuery['leads']>['nodes'][number];\nconst show = (lead: Node, row: LeadRowFragment | null) => [lead.industry, row?.leadSource, row?.industry];",
    sites: [`3 read sure industry: ${LEADS}`, `3 read sure leadSource: ${ROW}`],
  },
  {
    name: 'a document imported under another name',
    script:
      "import { LeadsDocument as document } from './generated';\nconst { leads } = await run(document);\nshow(leads.nodes[0].industry);",
    sites: [`3 read sure industry: ${LEADS}`],
  },
  {
    name: 'an alias of the answer, and not the name of the field',
    script: 'const { lead } = await request(LeadDocument);\nshow(lead.sector, lead.industry);',
    sites: [`2 read sure sector: ${LEAD}`],
  },
  {
    name: 'a field of the same name elsewhere in the answer',
    script: 'const { leads } = await request(LeadsDocument);\nshow(leads.industry, leads.nodes[0].account);',
    sites: [],
  },
  {
    name: 'what cannot be followed: the whole path is sure, the last name alone may be',
    script: 'export { LeadsDocument };\nshow(props.leads.nodes[0].industry);\nfunction cell(lead) { return lead.industry; }',
    sites: [`2 read sure industry: ${LEADS}`, `3 read maybe industry: ${LEADS}`],
  },
  {
    name: 'an assignment that destructures',
    script: 'let industry;\nconst { leads } = await request(LeadsDocument);\n({ industry } = leads.nodes[0]);',
    sites: [`3 read sure industry: ${LEADS}`],
  },
  {
    name: 'a file that names no changed document',
    script: "import { CompanyDocument } from './generated';\nshow((await request(CompanyDocument)).lead.industry);",
    sites: [],
  },
  {
    name: 'input objects: in variables, typed, built before, assigned',
    script:
      "import type { CreateLeadInput } from './generated';\nrun(CreateLeadDocument, { input: { email, industry: 'tech' } });\nconst lead: CreateLeadInput = { industry };\nconst input = { ...base, industry };\ninput.industry = 'tech';\nconst other = { industry: 'tech' };",
    sites: [
      `2 write sure industry: ${INPUT}`,
      `3 write sure industry: ${INPUT}`,
      `4 write sure industry: ${INPUT}`,
      `5 write sure industry: ${INPUT}`,
      `6 write maybe industry: ${INPUT}`,
    ],
  },
  {
    name: 'a variable that stands for a member itself',
    script: "run(SearchDocument, { variables: { industry: 'Technology' } });\nconst row = { nested: { industry } };",
    sites: ['1 write maybe industry: industry → industry'],
  },
  {
    name: 'an answer that a test makes up',
    script: 'mock(LeadsDocument, { leads: { nodes: [{ industry: "tech" }] } });\nconst row = { industry: 1 };',
    sites: [`1 write maybe industry: ${LEADS}`],
  },
  {
    name: 'a document in the file, in a constant',
    script:
      'const QUERY = gql`{ lead(id: 1) { industry } }`;\nconst { data } = useQuery(QUERY);\nconst { industry } = data.lead;\nconst other = thing.industry;',
    sites: ['3 read sure industry: lead.industry → lead.industryRef.key', '4 read maybe industry: lead.industry → lead.industryRef.key'],
  },
  { name: 'names of the prototype', script: 'LeadsDocument.constructor; ({}).toString; const { constructor } = x;', sites: [] },
];

describe('call sites', () => {
  test.each(fixtures)('$name', async ({ script, sites }) => {
    expect(await describeSites([{ path: 'src/a.tsx', text: script }])).toEqual(sites);
  });

  test('a constant that another file imports, under whatever name', async () => {
    const queries = 'export const ALL = gql`{ lead(id: 1) { industry } }`;';
    const user = "import { ALL as query } from './queries';\nconst { lead } = await run(query);\nshow(lead.industry);";
    const stranger = 'const ALL = 1;\nshow(ALL, lead.industry);';
    const files = [queries, user, stranger].map((text, index) => ({ path: ['queries.ts', 'user.ts', 'stranger.ts'][index]!, text }));
    expect(await describeSites(files)).toEqual(['3 read sure industry: lead.industry → lead.industryRef.key']);
  });

  test('a .graphql file that a bundler imports', async () => {
    const user = "import query from '../leads.graphql';\nconst { leads } = await run(query);\nshow(leads.nodes[0].industry);";
    const files = [
      { path: 'app/leads.graphql', text: '{ leads { nodes { industry } } }' },
      { path: 'app/src/user.js', text: user },
    ];
    expect(await describeSites(files, '')).toEqual([`3 read sure industry: ${LEADS}`]);
  });

  test('the scripts of a page are followed, its template is not', async () => {
    const page =
      '<template>{{ lead.industry }}</template>\n<script setup>\nconst { data } = useLeadsQuery();\nshow(data.leads.nodes[0].industry);\n</script>';
    expect(await describeSites([{ path: 'a.vue', text: page }])).toEqual([`4 read sure industry: ${LEADS}`]);
  });

  test('an operation and its fragment in one document: the constant stands for what both change', async () => {
    const script =
      'const Q = gql`fragment F on Lead { industry } query A { lead(id: 1) { status ...F } }`;\nconst { lead } = await run(Q);\nshow(lead.status, lead.industry);';
    expect(await describeSites([{ path: 'a.ts', text: script }])).toEqual([
      '3 read sure status: lead.status → lead.statusRef.key',
      '3 read sure industry: lead.industry → lead.industryRef.key',
    ]);
  });

  test('an object of several documents: each by its member', async () => {
    const documents = [
      'export const DOCUMENTS = {',
      '  status: gql`query Status { lead(id: 1) { status } }`,',
      '  nested: { industry: gql`query Industry { lead(id: 1) { industry } }` },',
      '} as const;',
    ].join('\n');
    const script = [
      "import { DOCUMENTS as D } from './documents';",
      'const one = useQuery(D.nested.industry).data;',
      'show(one.lead.industry, one.lead.status);',
      'const { data: other } = useQuery(D.status);',
      'show(other.lead.status, other.lead.industry);',
      'const unknown = useQuery(D[kind]).data.lead.status;',
    ].join('\n');
    const { sites } = await findSites([
      { path: 'documents.ts', text: documents },
      { path: 'a.ts', text: script },
    ]);
    expect(sites.map(({ line, confidence, operation }) => `${line} ${confidence} ${operation}`)).toEqual([
      '3 sure Industry',
      '5 sure Status',
      '6 sure Status',
    ]);
  });

  test('a script that is nested too deeply is a problem, with or without a document, and keeps no other from being read', async () => {
    const read = 'import { ALL } from "./queries";\nconst { lead } = await run(ALL);\nshow(lead.industry);\n';
    const files = [
      { path: 'queries.ts', text: 'export const ALL = gql`{ lead(id: 1) { industry } }`;' },
      { path: 'deep.ts', text: `${read}${'f('.repeat(6000)}1${')'.repeat(6000)};` },
      { path: 'user.ts', text: read },
    ];
    const { sites, problems } = await findSites(files);
    expect(sites).toMatchObject([{ path: 'user.ts', line: 3, confidence: 'sure' }]);
    expect(problems).toEqual([{ path: 'deep.ts', line: 1, column: 1, reason: 'is nested too deeply: call sites not looked for' }]);
  });

  test('values that go in circles end', async () => {
    const script =
      'let a = b; let b = a; type T = T[]; const f = () => f();\nLeadsDocument; show(a.industry, f().industry, (x as T).industry);';
    expect(await describeSites([{ path: 'a.ts', text: script }])).toHaveLength(3);
  });
});

async function describeSites(scripts: readonly { path: string; text: string }[], documents = DOCUMENTS): Promise<string[]> {
  const files = [{ path: 'documents.graphql', text: documents }, ...scripts];
  const { sites } = await findSites(files);
  return sites.map(({ path, offset, line, kind, confidence, before, after }) => {
    const { text } = files.find((file) => file.path === path)!;
    const [name] = /^["\w]+/.exec(text.slice(offset))!;
    return `${line} ${kind} ${confidence} ${name}: ${before.join('.')} → ${after.join('.')}`;
  });
}
