import { describe, expect, test } from '@jest/globals';
import { listMembers } from '../../src/evolution/versions/list-members.ts';
import { listDeprecations } from '../../src/evolution/versions/list-deprecations.ts';
import { createVersionSchemas } from '../../src/app.ts';

const schemas = await createVersionSchemas();

describe.each([...schemas].map(([version, schema]) => ({ name: version.name, version, schema })))(
  'version $name',
  ({ version, schema }) => {
    test('describes every type, field, argument, input and enum value', () => {
      const silent = [...listMembers(schema)].filter(({ coordinate, member }) => !coordinate.startsWith('__') && !member.description);
      expect(silent.map(({ coordinate }) => coordinate)).toEqual([]);
    });

    test('marks what is deprecated in it, where it has the choices that replace it', () => {
      const deprecated = [...listMembers(schema)].filter(({ member }) => 'deprecationReason' in member && member.deprecationReason != null);
      expect(deprecated.map(({ coordinate }) => coordinate).sort()).toEqual(
        listDeprecations(schema, version).map(({ coordinate }) => coordinate),
      );
      expect(deprecated.length > 0).toBe(schema.getType('Choice') !== undefined && version.withoutDeprecated !== true);
    });
  },
);
