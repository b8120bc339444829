import {
  getNamedType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedDirective,
  isUnionType,
} from 'graphql';
import type { GraphQLNamedType, GraphQLSchema, GraphQLType } from 'graphql';
import { DeclarationError } from '../../errors.ts';
import type { ApiVersion } from './api-versions.ts';
import { existsIn } from './member-lifecycle.ts';

/**
 * The types that an operation can meet in a version: what its kept members lead to from the root types and the directives, with
 * every implementation of an interface that some field answers with.
 * @throws DeclarationError when a kept member is of a type that the version does not have.
 */
export function findReachableTypes(schema: GraphQLSchema, version: ApiVersion): ReadonlySet<GraphQLNamedType> {
  const reached = new Set<GraphQLNamedType>();
  const answered = new Set<GraphQLNamedType>();

  for (const root of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()])
    if (root && existsIn(root, version)) reach(root);
  for (const directive of schema.getDirectives())
    if (!isSpecifiedDirective(directive))
      for (const argument of directive.args) reachTypeOf(`@${directive.name}(${argument.name}:)`, argument.type);
  return reached;

  function reachTypeOf(coordinate: string, type: GraphQLType): void {
    const named = getNamedType(type);
    if (!existsIn(named, version))
      throw new DeclarationError(
        `Version ${version.name} has ${coordinate}, but not its type ${named.name}: one of the two needs another lifecycle`,
      );
    reach(named);
    if (isInterfaceType(named)) reachImplementations(named);
  }

  // An interface that is only implemented, and that no field answers with, leads to nobody: its implementations stay or go by themselves.
  function reachImplementations(type: GraphQLNamedType): void {
    if (!isInterfaceType(type) || answered.has(type)) return;
    answered.add(type);
    const { objects, interfaces } = schema.getImplementations(type);
    for (const implementation of [...objects, ...interfaces]) if (existsIn(implementation, version)) reach(implementation);
  }

  function reach(type: GraphQLNamedType): void {
    if (reached.has(type) || isIntrospectionType(type)) return;
    reached.add(type);

    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        if (!existsIn(field, version)) continue;
        const coordinate = `${type.name}.${field.name}`;
        reachTypeOf(coordinate, field.type);
        for (const argument of field.args) if (existsIn(argument, version)) reachTypeOf(`${coordinate}(${argument.name}:)`, argument.type);
      }
      for (const implemented of type.getInterfaces()) if (existsIn(implemented, version)) reach(implemented);
    }
    if (isInputObjectType(type))
      for (const field of Object.values(type.getFields()))
        if (existsIn(field, version)) reachTypeOf(`${type.name}.${field.name}`, field.type);
    if (isUnionType(type)) for (const member of type.getTypes()) if (existsIn(member, version)) reach(member);
  }
}
