import type { ChoiceRegistry } from '../../choice-registry.ts';
import type { ObjectClass } from '../../derive/graphql-type.ts';
import type { ChoiceEnums } from '../choice-enums.ts';
import { createMemberResolver } from './choice-members.ts';
import { createManageInputs } from './manage-inputs.ts';
import { createManageResolver } from './manage.resolver.ts';
import { createManageTypes } from './manage-types.ts';
import { createMergeResolver } from './merge.resolver.ts';

/** Declares what tenants edit their choices by, for a registry; once, as type-graphql keeps what is declared. */
export function createManageResolvers(registry: ChoiceRegistry, enums: ChoiceEnums): ObjectClass[] {
  const inputs = createManageInputs(registry, enums);
  const types = createManageTypes(enums);
  return [
    createMemberResolver(registry, enums),
    createManageResolver(registry, enums, inputs, types),
    createMergeResolver(registry, inputs, types),
  ];
}
