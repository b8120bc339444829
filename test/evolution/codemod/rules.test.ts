import { describe, expect, test } from '@jest/globals';
import { resolveSchemaCoordinate } from 'graphql';
import { currentVersion } from '../../../src/evolution/versions/api-versions.ts';
import { listDeprecations } from '../../../src/evolution/versions/list-deprecations.ts';
import { buildCrmSchema } from '../../../src/crm/crm-schema.ts';
import { crmContext } from './crm-context.ts';

describe('the rules of choice fields', () => {
  test('say of everything that is deprecated how to do without it', async () => {
    const deprecated = listDeprecations(await buildCrmSchema(), currentVersion).map(({ coordinate }) => coordinate);
    expect(crmContext.rules.map(({ coordinate }) => coordinate).sort()).toEqual(deprecated);
    expect(deprecated.length).toBeGreaterThan(0);
  });

  test.each(crmContext.rules)('$coordinate is replaced by what the next version has', ({ coordinate, kind, replacement }) => {
    const [type] = coordinate.split('.');
    const within = (member: string) => resolveSchemaCoordinate(crmContext.nextSchema, `${type}.${member}`);
    expect(within(coordinate.split('.')[1]!)).toBeUndefined();
    const found = within(replacement.field);
    expect(found?.kind).toBe(kind === 'field' ? 'Field' : 'InputField');
    if ('literals' in replacement) expect(replacement.literals?.length).toBeGreaterThan(0);
  });
});
