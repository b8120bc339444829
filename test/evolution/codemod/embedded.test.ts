import { describe, expect, test } from '@jest/globals';
import { rewriteFile } from '../../../src/evolution/codemod/rewrite-project.ts';
import { crmContext } from './crm-context.ts';
import { checkFixture, type Fixture, rewriteAndCheck } from './fixture.ts';

const IN_PLACE = 'is put together when the program runs';
const UNKNOWN = 'what this interpolation stands for is not known';

const fixtures: readonly Fixture[] = [
  {
    name: 'a tagged template',
    before: 'const QUERY = gql`\n  { lead(id: 1) { industry } }\n`;\nconst industry = "industry";\n',
    after: 'const QUERY = gql`\n  { lead(id: 1) { industryRef { key } } }\n`;\nconst industry = "industry";\n',
  },
  {
    name: 'other tags and tags of a module, with a type',
    before: 'const a = graphql`{ lead(id: 1) { industry } }`, b = apollo.gql<{ lead: object }>`{ lead(id: 1) { industry } }`;',
    after:
      'const a = graphql`{ lead(id: 1) { industryRef { key } } }`, b = apollo.gql<{ lead: object }>`{ lead(id: 1) { industryRef { key } } }`;',
  },
  {
    name: 'a marked template, and one that is not',
    before:
      'const a = /* GraphQL */ `{ lead(id: 1) { industry } }`;\nconst b = `{ lead(id: 1) { industry } }`;\nsend(/*GraphQL*/ `{ lead(id: 1) { status } }`);',
    after:
      'const a = /* GraphQL */ `{ lead(id: 1) { industryRef { key } } }`;\nconst b = `{ lead(id: 1) { industry } }`;\nsend(/*GraphQL*/ `{ lead(id: 1) { statusRef { key } } }`);',
  },
  {
    name: 'a call with a template, a marked template or a string',
    before:
      'graphql(`{ lead(id: 1) { industry } }`);\ngql(/* GraphQL */ `{ lead(id: 1) { industry } }`);\ngql("{ leads(filter: { industry: \\"tech\\" }) { totalCount } }");\ngraphql(\'{\\n  lead(id: 1) {\\n    industryRef { label }\\n    industry\\n  }\\n}\');',
    after:
      'graphql(`{ lead(id: 1) { industryRef { key } } }`);\ngql(/* GraphQL */ `{ lead(id: 1) { industryRef { key } } }`);\ngql("{ leads(filter: { industryRef: { key: [\\"tech\\"] } }) { totalCount } }");\ngraphql(\'{\\n  lead(id: 1) {\\n    industryRef { key label }\\n  }\\n}\');',
  },
  {
    name: 'a string whose gap is an escaped line end',
    before: "graphql('{ lead(id: 1) { industry industryRef {\\n label } } }');",
    after: "graphql('{ lead(id: 1) { industryRef {\\n key\\n label } } }');",
  },
  {
    name: 'escapes in a template',
    before:
      'const q = gql`\n  # a \\`tick\\`, a \\\\ and \\${no} interpolation\n  { leads(filter: { search: "\\\\u0065 \\u{1F680}\\x41", industry: "tech" }) { nodes { industry } } }\n`;',
    after:
      'const q = gql`\n  # a \\`tick\\`, a \\\\ and \\${no} interpolation\n  { leads(filter: { search: "\\\\u0065 \\u{1F680}\\x41", industryRef: { key: ["tech"] } }) { nodes { industryRef { key } } } }\n`;',
  },
  {
    name: 'line ends of Windows in a template',
    before: 'const q = gql`\r\n{ lead(id: 1) {\r\n  industry\r\n  industryRef {\r\n    label } } }`;\r\n',
    after: 'const q = gql`\r\n{ lead(id: 1) {\r\n  industryRef {\r\n    key\r\n    label } } }`;\r\n',
  },
  {
    name: 'an interpolation of definitions',
    before:
      'const F = gql`fragment F on Lead { industry }`;\nconst q = gql`\n  { lead(id: 1) { ...F status } }\n  ${F}\n  ${other(gql`{ lead(id: 1) { industry } }`)}\n`;',
    after:
      'const F = gql`fragment F on Lead { industryRef { key } }`;\nconst q = gql`\n  { lead(id: 1) { ...F statusRef { key } } }\n  ${F}\n  ${other(gql`{ lead(id: 1) { industryRef { key } } }`)}\n`;',
  },
  {
    name: 'a template of interpolations alone',
    before: 'const q = gql`${A}\n${B}`;',
  },
  {
    name: 'an interpolation that names a fragment',
    before: 'const q = gql`{ lead(id: 1) { industry ...${name} status } }`;',
    after: 'const q = gql`{ lead(id: 1) { industryRef { key } ...${name} statusRef { key } } }`;',
  },
  {
    name: 'interpolations of whole selections, with a variable that only they use',
    before: 'const q = gql`query ($n: Int) { lead(id: 1) { ${fields} ${more} industry } }`;',
    after: 'const q = gql`query ($n: Int) { lead(id: 1) { ${fields} ${more} industryRef { key } } }`;',
  },
  {
    name: 'an interpolation after a field, which may be its directive',
    before: 'const q = gql`{ lead(id: 1) { industry ${x} } }`;',
    problems: [`1:40 ${UNKNOWN}`],
  },
  {
    name: 'an interpolation before a selection set, which may be its field',
    before: 'const q = gql`{ ${x} { industry } }`;',
    problems: [`1:17 ${UNKNOWN}`],
  },
  {
    name: 'interpolations of a name, of a part of one, of a type and of a value',
    before:
      'gql`query ${x} { lead(id: 1) { industry } }`;\ngql`{ lead${x}(id: 1) { industry } }`;\ngql`fragment F on ${x} { industry }`;\ngql`{ lead(id: ${x}) { industry } }`;\ngql`{ leads(filter: { ${x} industry: "tech" }) { totalCount } }`;\ngql`{ leads(filter: { search: "${x}", industry: "tech" }) { totalCount } }`;',
    problems: [`1:11 ${UNKNOWN}`, `2:11 ${UNKNOWN}`, `3:19 ${UNKNOWN}`, `4:16 ${UNKNOWN}`, `5:23 ${UNKNOWN}`, `6:32 ${UNKNOWN}`],
  },
  {
    name: 'one document with a mistake among others',
    before:
      'const a = gql`{ lead(id: 1) { industri } }`;\nconst b = gql`\n{ lead(id: 1) { industry }`;\nconst c = gql`{ lead(id: 1) { industry } }`;',
    after:
      'const a = gql`{ lead(id: 1) { industri } }`;\nconst b = gql`\n{ lead(id: 1) { industry }`;\nconst c = gql`{ lead(id: 1) { industryRef { key } } }`;',
    problems: ['1:31 does not validate: Cannot query field "industri"', '3:27 Syntax Error'],
  },
  {
    name: 'a call with a condition, or with what changes only the type',
    before:
      'const a = graphql(x ? `{ lead(id: 1) { industry } }` : (y ? "{ lead(id: 1) { status } }" : Q));\nconst b = gql((`{ lead(id: 1) { industry } }` as const)!);\nconst c = graphql(`{ lead(id: 1) { industry } }` satisfies string);',
    after:
      'const a = graphql(x ? `{ lead(id: 1) { industryRef { key } } }` : (y ? "{ lead(id: 1) { statusRef { key } } }" : Q));\nconst b = gql((`{ lead(id: 1) { industryRef { key } } }` as const)!);\nconst c = graphql(`{ lead(id: 1) { industryRef { key } } }` satisfies string);',
  },
  {
    name: 'text that is put together, and what may be something else than text',
    before:
      'gql("{ lead(id: 1) {" + " industry } }");\ngraphql("{ lead" + name + "(id: 1) { industry } }");\ngql(text);\ngql(lines.join(""));\ngraphql({ schema, source });\ngraphql(QUERY)(Leads);\ngql(QUERY, { id: 1 });',
    problems: [`1:5 ${IN_PLACE}`, `2:9 ${IN_PLACE}`, `3:5 ${IN_PLACE}`, `4:5 ${IN_PLACE}`],
  },
  {
    name: 'a template, or a string, that begins with the comment graphql',
    before:
      'const a = `#graphql\n{ lead(id: 1) { industry } }`;\nconst b = `\n  # GraphQL\n  { lead(id: 1) { industry ...${F} } }`;\nconst c = gql`#graphql\n{ lead(id: 1) { industry } }`;\nconst d = "#graphqls {";',
    after:
      'const a = `#graphql\n{ lead(id: 1) { industryRef { key } } }`;\nconst b = `\n  # GraphQL\n  { lead(id: 1) { industryRef { key } ...${F} } }`;\nconst c = gql`#graphql\n{ lead(id: 1) { industryRef { key } } }`;\nconst d = "#graphqls {";',
  },
  {
    name: 'templates in interpolations of templates',
    before: 'const q = gql`{ lead(id: 1) { ...F } } ${gql`fragment F on Lead { industry ...G } ${gql`fragment G on Lead { status }`}`}`;',
    after:
      'const q = gql`{ lead(id: 1) { ...F } } ${gql`fragment F on Lead { industryRef { key } ...G } ${gql`fragment G on Lead { statusRef { key } }`}`}`;',
  },
  {
    name: 'a byte order mark',
    before: '\uFEFFconst q = gql`{ lead(id: 1) { industry } }`;',
    after: '\uFEFFconst q = gql`{ lead(id: 1) { industryRef { key } } }`;',
  },
  {
    name: 'a schema in a template',
    before: 'const typeDefs = gql`type Lead { industry: String }`;',
  },
  {
    name: 'an escape that no template may have',
    before: 'const q = gql`{ lead(id: 1) { industry } } # \\u{110000}`;',
    problems: ['1:14 contains an escape sequence that cannot be read'],
  },
];

describe('documents in programs', () => {
  test.each(fixtures)('$name', (fixture) => checkFixture(fixture, 'x.ts', crmContext));

  test.each([
    [
      'x.tsx',
      'const q = gql`{ lead(id: 1) { industry } }`;\nexport const A = () => <p title={graphql(`{ lead(id: 1) { status } }`)}>industry</p>;',
    ],
    [
      'x.jsx',
      'const q = gql`{ lead(id: 1) { industry } }`;\nexport const A = () => <p title={graphql(`{ lead(id: 1) { status } }`)}>industry</p>;',
    ],
    ['x.js', 'const q = gql`{ lead(id: 1) { industry } }`; const a = <p>{graphql("{ lead(id: 1) { status } }")}</p>;'],
    ['x.mjs', 'export default gql`{ lead(id: 1) { industry status } }`;'],
    ['x.cjs', 'module.exports = gql`{ lead(id: 1) { industry status } }`;'],
    ['x.mts', 'const a = <string>b; export const q = gql`{ lead(id: 1) { industry status } }` as const;'],
    [
      'x.vue',
      '<script setup lang="ts" generic="T extends A<B>">\nconst a = <string>b; export const q = gql`{ lead(id: 1) { industry status } }`;\n</script>\n',
    ],
    ['x.vue', '<script lang="tsx">const a = <p>{gql`{ lead(id: 1) { industry status } }`}</p></script>'],
    ['x.svelte', '<script>let a;</script>\r\n<script>gql`{ lead(id: 1) { industry status } }`</script>'],
    ['x.cts', 'const a = <string>b; export = gql`{ lead(id: 1) { industry status } }`;'],
  ])('are found in %s', async (path, before) => {
    const after = before.replace('{ industry', '{ industryRef { key }').replace(/([{}] )status/, '$1statusRef { key }');
    const { files } = await rewriteAndCheck([{ path, text: before }], crmContext);
    expect(files[0]).toMatchObject({ text: after, problems: [] });
  });

  test('only the scripts of a page are read, and places are those in the file', async () => {
    const text =
      '<!-- <script>gql`{ lead(id: 1) { industry } }`</script> -->\r\n<template>gql`{ lead(id: 1) { industry } }`</template>\r\n<script>\r\ngql`{ lead(id: 1) { industry } }`; gql`{ lead(id: 1) { industri } }`\r\n</script>\r\n';
    const { files } = await rewriteAndCheck([{ path: 'x.vue', text }], crmContext);
    expect(files[0]).toMatchObject({
      text: text.replace(/(industry)(?= \} \}`;)/, 'industryRef { key }'),
      edits: [{ line: 4, column: 21 }],
      problems: [{ line: 4, column: 56 }],
    });
  });

  test('edits and answers that change are placed in the file', async () => {
    const text = '\nconst q = gql`\n  query Q { lead(id: 1) { \\u0069ndustry } }`;\n';
    const { edits, definitions } = await rewriteFile('x.ts', text, crmContext);
    expect(edits).toEqual([
      {
        coordinate: 'Lead.industry',
        line: 3,
        column: 27,
        splices: [{ start: text.indexOf('\\u0069'), end: text.indexOf(' } }`'), text: 'industryRef { key }' }],
      },
    ]);
    expect(definitions).toEqual([expect.objectContaining({ kind: 'query', name: 'Q', line: 3, column: 3 })]);
  });
});
