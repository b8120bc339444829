import { describe, expect, test } from '@jest/globals';
import { findSites } from './find-sites.ts';

/** Two operations that take the same variable for different members, and two whose input has the same member. */
const DOCUMENTS = `
  query Find($i: String!) { leads(filter: { industry: $i }) { totalCount } }
  mutation SetPriority($i: String!) { updateTask(id: 1, input: { priority: $i }) { task { id } } }
  mutation Create($input: CreateLeadInput!) { createLead(input: $input) { lead { id } } }
  mutation Update($input: UpdateLeadInput!) { updateLead(id: 1, input: $input) { lead { id } } }`;
const IMPORTS =
  "import { FindDocument as Find, SetPriorityDocument as Set, CreateDocument as Create, UpdateDocument as Update } from './generated';";

const FIND = '2 maybe Find LeadFilter.industry';
const SET = '2 maybe SetPriority UpdateTaskInput.priority';
const CREATE = '2 sure Create CreateLeadInput.industry';
const UPDATE = '2 sure Update UpdateLeadInput.industry';

interface Fixture {
  readonly name: string;
  /** The second line of a file. */
  readonly script: string;
  /** `line confidence operation coordinate` */
  readonly sites: readonly string[];
}

const fixtures: readonly Fixture[] = [
  { name: 'the document in the object', script: 'client.mutate({ mutation: Set, variables: { i: pick() } });', sites: [SET] },
  { name: 'the document of a query', script: 'client.query({ variables: { i }, query: Find, context });', sites: [FIND] },
  { name: 'the document before the options', script: 'const { data } = useQuery(Find, { variables: { i }, skip: false });', sites: [FIND] },
  { name: 'the document among the arguments', script: 'await request(url, Set, { i: pick() });', sites: [SET] },
  { name: 'the document before the variables', script: 'execute(Set, { i }); // urql: client.query(Q, { … })', sites: [SET] },
  { name: 'a document of a module', script: 'client.query(documents.SetPriorityDocument, { i }).toPromise();', sites: [SET] },
  { name: 'a function that returns the variables', script: 'useQuery(Set, () => ({ i: chosen.value }));', sites: [SET] },
  {
    name: 'another operation asked for afterwards',
    script: 'run({ refetchQueries: [{ query: Find }], mutation: Set, variables: { i } });',
    sites: [SET],
  },
  {
    name: 'each of nested objects for itself',
    script: 'run({ mutation: Create, variables: { input: { industry } }, refetchQueries: [{ query: Find, variables: { i } }] });',
    sites: [CREATE, FIND],
  },
  {
    name: 'a document in place',
    script: 'request(url, gql`mutation Here($i: String!) { updateTask(id: 1, input: { status: $i }) { task { id } } }`, { i });',
    sites: ['2 maybe Here UpdateTaskInput.status'],
  },
  { name: 'a generated hook', script: 'useFindQuery({ variables: { i } });', sites: [FIND] },
  { name: 'a generated method', script: 'sdk.SetPriority({ i });', sites: [SET] },
  { name: 'a generated type of the call', script: 'send<SetPriorityMutation>(text, { i });', sites: [SET] },
  { name: 'a generated type of the variables', script: 'const variables: FindQueryVariables = { i };', sites: [FIND] },
  { name: 'a generated type of other variables', script: 'const chosen: FindQueryVariables = { i };', sites: [FIND] },
  { name: 'a member of such variables', script: 'let chosen: SetPriorityMutationVariables; chosen.i = pick();', sites: [SET] },
  { name: 'another member of a variable', script: 'const chosen: Options = { i };', sites: [] },
  {
    name: 'the function that a hook made',
    script: 'const [save, { loading }] = useMutation(Set); save({ variables: { i } });',
    sites: [SET],
  },
  { name: 'the same member of another input', script: 'run(Update, { input: { industry } });', sites: [UPDATE] },
  { name: 'an input of a declared type', script: 'const input: UpdateLeadInput = { industry };', sites: [UPDATE] },
  { name: 'an operation whose variables stay', script: 'run(Create, { variables: { i } });', sites: [] },
  {
    name: 'a wrapper',
    script: 'const send = (document: Document) => client.query({ query: document, variables: { i } });',
    sites: [FIND, SET],
  },
  { name: 'variables apart', script: 'const variables = { i: pick() }; client.query({ query: Find, variables });', sites: [FIND, SET] },
  { name: 'an input apart', script: 'const input = { industry }; run(Update, { input });', sites: [CREATE, UPDATE] },
  { name: 'a call within a call', script: 'run(Find, { onDone: () => send({ i }) });', sites: [FIND, SET] },
];

describe('the operation that a variable is given to', () => {
  test.each(fixtures)('$name', async ({ script, sites }) => {
    const { sites: found } = await findSites([
      { path: 'documents.graphql', text: DOCUMENTS },
      { path: 'a.ts', text: `${IMPORTS}\n${script}` },
    ]);
    expect(found.map(({ line, confidence, operation, coordinate }) => `${line} ${confidence} ${operation} ${coordinate}`)).toEqual(sites);
  });

  test('both operations of one document, and a variable that is used twice, once', async () => {
    const document = `gql\`
      query One($i: String!) { a: leads(filter: { industry: $i }) { totalCount } b: leads(filter: { industry: $i }) { totalCount } }
      query Two($i: String!) { tasks(filter: { priority: $i }) { totalCount } }
    \``;
    const { sites: found } = await findSites([
      { path: 'a.ts', text: `const Q = ${document};\nconst P = gql\`${DOCUMENTS}\`;\nrun(Q, { i });` },
    ]);
    expect(found.map(({ operation, coordinate }) => `${operation} ${coordinate}`)).toEqual([
      'One LeadFilter.industry',
      'Two TaskFilter.priority',
    ]);
  });
});
