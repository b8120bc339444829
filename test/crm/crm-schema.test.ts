import { describe, expect, test } from '@jest/globals';
import { listMembers } from '../../src/evolution/versions/list-members.ts';
import { createVersionSchemas } from '../../src/app.ts';

const schemas = await createVersionSchemas();

describe.each([...schemas].map(([version, schema]) => ({ name: version.name, schema })))('version $name', ({ schema }) => {
  test('describes every type, field, argument, input and enum value', () => {
    const silent = [...listMembers(schema)].filter(({ coordinate, member }) => !coordinate.startsWith('__') && !member.description);
    expect(silent.map(({ coordinate }) => coordinate)).toEqual([]);
  });

  test('has the members of each version and no others deprecated', () => {
    const deprecated = [...listMembers(schema)].filter(({ member }) => 'deprecationReason' in member && member.deprecationReason != null);
    const isOld = schema.getType('Choice') === undefined;
    expect(deprecated.length > 0).toBe(!isOld);
  });
});
