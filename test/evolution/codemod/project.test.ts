import { describe, expect, test } from '@jest/globals';
import { crmContext } from './crm-context.ts';
import { rewriteAndCheck } from './fixture.ts';

/** Rewrites files by path, and answers their texts and `path:line:column reason` of every problem. */
async function rewrite(texts: Readonly<Record<string, string>>) {
  const { files, operations } = await rewriteAndCheck(
    Object.entries(texts).map(([path, text]) => ({ path, text })),
    crmContext,
  );
  return {
    texts: Object.fromEntries(files.map(({ path, text }) => [path, text])),
    problems: files.flatMap(({ problems }) => problems.map(({ path, line, column, reason }) => `${path}:${line}:${column} ${reason}`)),
    operations,
  };
}

describe('a project', () => {
  test('knows fragments of other files by name, through further fragments', async () => {
    const { texts, problems, operations } = await rewrite({
      'query.graphql': 'query Q($s: String!) { tasks(filter: { status: $s }) { nodes { id ...T } } }',
      'task.ts': 'export const T = gql`fragment T on Task { kind: taskType lead { ...L } }`;',
      'lead.gql': 'fragment L on Lead { industry }',
    });
    expect(problems).toEqual([]);
    expect(texts).toEqual({
      'query.graphql': 'query Q($s: String!) { tasks(filter: { statusRef: { key: [$s] } }) { nodes { id ...T } } }',
      'task.ts': 'export const T = gql`fragment T on Task { kind: taskTypeRef { key } lead { ...L } }`;',
      'lead.gql': 'fragment L on Lead { industryRef { key } }',
    });
    const nodes = ['tasks', 'nodes'];
    expect(operations).toEqual([
      {
        path: 'query.graphql',
        line: 1,
        column: 1,
        name: 'Q',
        before:
          'query Q($s: String!) { tasks(filter: { status: $s }) { nodes { id ...T } } }\n\nfragment T on Task { kind: taskType lead { ...L } }\n\nfragment L on Lead { industry }',
        after:
          'query Q($s: String!) { tasks(filter: { statusRef: { key: [$s] } }) { nodes { id ...T } } }\n\nfragment T on Task { kind: taskTypeRef { key } lead { ...L } }\n\nfragment L on Lead { industryRef { key } }',
        complete: true,
        whole: true,
        responses: [
          { coordinate: 'Task.taskType', before: [...nodes, 'kind'], after: [...nodes, 'kind', 'key'] },
          { coordinate: 'Lead.industry', before: [...nodes, 'lead', 'industry'], after: [...nodes, 'lead', 'industryRef', 'key'] },
        ],
        variables: [{ coordinate: 'TaskFilter.status', variable: 's', kind: 'value', path: [] }],
      },
    ]);
  });

  test('prefers a fragment of the same document, then of the same file', async () => {
    const { texts, problems } = await rewrite({
      'a.graphql': '{ lead(id: 1) { ...F } } fragment F on Lead { industry }',
      'b.ts': 'gql`{ task(id: 1) { ...F } }`; gql`fragment F on Task { status }`;',
    });
    expect(problems).toEqual([]);
    expect(texts).toEqual({
      'a.graphql': '{ lead(id: 1) { ...F } } fragment F on Lead { industryRef { key } }',
      'b.ts': 'gql`{ task(id: 1) { ...F } }`; gql`fragment F on Task { statusRef { key } }`;',
    });
  });

  test('does not choose among fragments of the same name', async () => {
    const before = {
      'a.graphql': 'fragment F on Lead { industry }',
      'b.graphql': 'fragment F on Lead { id }',
      'c.graphql': '{ lead(id: 1) { ...F status } }',
      'd.graphql': 'query D { lead(id: 1) { ...G } }',
      'e.graphql': 'fragment G on Lead { status ...F }',
    };
    const { texts, problems } = await rewrite(before);
    expect(texts).toEqual({ ...before, 'a.graphql': 'fragment F on Lead { industryRef { key } }' });
    const which = 'which fragment F is meant is not known: a.graphql:1 and b.graphql:1 have one';
    expect(problems).toEqual([
      `c.graphql:1:17 ${which}`,
      'd.graphql:1:25 does not validate: Unknown fragment "F". (e.graphql:1)',
      `e.graphql:1:29 ${which}`,
    ]);
  });

  test('leaves what spreads a fragment that does not validate, and says where that is', async () => {
    const before = {
      'a.graphql': '\nfragment F on Lead { industri }',
      'b.graphql': '{ lead(id: 1) { status ...F } }',
    };
    const { texts, problems } = await rewrite(before);
    expect(texts).toEqual(before);
    expect(problems).toEqual([
      expect.stringContaining('a.graphql:2:22 does not validate: Cannot query field "industri"'),
      expect.stringMatching(/^b\.graphql:1:24 does not validate: Cannot query field "industri".*\(a\.graphql:2\)$/),
    ]);
  });

  test('rewrites a fragment although an operation that spreads it does not validate', async () => {
    const { texts, problems } = await rewrite({
      'a.graphql': '{ lead(id: 1) { industri ...F } }',
      'b.graphql': 'fragment F on Lead { status }',
    });
    expect(texts['b.graphql']).toBe('fragment F on Lead { statusRef { key } }');
    expect(problems).toEqual([expect.stringContaining('a.graphql:1:17 does not validate: Cannot query field "industri"')]);
  });

  test('leaves what spreads a fragment that is left, and keeps what is left valid where its other fragments changed', async () => {
    const { texts, problems, operations } = await rewrite({
      'query.graphql':
        'query A($s: String) { tasks(filter: { status: $s }) { nodes { priority ...T } } }\nquery B { task(id: 1) { ...T } }',
      'task.graphql': 'fragment T on Task { taskType }',
    });
    expect(texts).toEqual({
      'query.graphql':
        'query A($s: String) { tasks(filter: { status: $s }) { nodes { priority ...T } } }\nquery B { task(id: 1) { ...T } }',
      'task.graphql': 'fragment T on Task { taskTypeRef { key } }',
    });
    expect(problems).toEqual([expect.stringContaining('query.graphql:1:39 $s is nullable')]);
    expect(operations.map(({ name, whole, responses }) => ({ name, whole, to: responses.map(({ after }) => after.join('.')) }))).toEqual([
      { name: 'A', whole: false, to: ['tasks.nodes.taskTypeRef.key'] },
      { name: 'B', whole: true, to: ['task.taskTypeRef.key'] },
    ]);
  });

  test('keeps a fragment that would make an operation invalid that is left', async () => {
    const before = {
      'query.graphql': 'query ($s: String) { tasks(filter: { status: $s }) { nodes { statusRef: title ...T } } }',
      'task.graphql': 'fragment T on Task { status }',
    };
    const { texts, problems } = await rewrite(before);
    expect(texts).toEqual(before);
    expect(problems).toEqual([
      expect.stringContaining('query.graphql:1:38 $s is nullable'),
      expect.stringContaining('task.graphql:1:22 would not validate when rewritten: Fields "statusRef" conflict'),
    ]);
  });

  test('an operation with a part that is only known at run time cannot be sent', async () => {
    const { operations } = await rewrite({ 'a.ts': 'gql`{ lead(id: 1) { ...${F} industry } }`; gql`{ lead(id: 1) { industry } }`;' });
    expect(operations.map(({ complete }) => complete)).toEqual([false, true]);
  });
});
