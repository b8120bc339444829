import { describe, expect, test } from '@jest/globals';
import { type GraphQLObjectType, isObjectType } from 'graphql';
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

    test('has graphql-js itself read what is only read', () => {
      const resolved = (name: string) =>
        Object.values((schema.getType(name) as GraphQLObjectType).getFields()).flatMap((field) => (field.resolve ? [field.name] : []));
      expect(resolved('Lead').filter((member) => !/^(industry|leadSource|status|marketingChannel)/.test(member))).toEqual([]);
      expect(resolved('Task')).toContain('lead');
      expect(resolved('LeadConnection')).toEqual(['totalCount']);
      expect([...resolved('LeadEdge'), ...resolved('PageInfo')]).toEqual([]);
      for (const type of Object.values(schema.getTypeMap()))
        if (isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'Choice'))
          expect(resolved(type.name)).toEqual(['mergedInto', 'usage', 'aliases']);
      expect(resolved('__Type')).toContain('fields');
    });
  },
);
