import { buildSchema, validateSchema } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import { DeclarationError } from '../../errors.ts';
import type { ApiVersion } from './api-versions.ts';
import { checkDefaults } from './check-defaults.ts';
import { filterSchema } from './filter-schema.ts';
import { printVersion } from './print-version.ts';

/**
 * The schema as a version has it: an annotated schema filtered by its members' lifecycles, ready to execute. The original stays
 * as it is.
 * @throws DeclarationError when the version would not be a valid schema, or could not be handed out as SDL.
 */
export function viewSchema(schema: GraphQLSchema, version: ApiVersion): GraphQLSchema {
  const view = filterSchema(schema, version);
  checkDefaults(schema, view, version);
  checkValid(view, `Version ${version.name}`);

  const printed = printVersion(view);
  const rebuilt = buildSchema(printed);
  checkValid(rebuilt, `Version ${version.name}, rebuilt from its SDL,`);
  if (printVersion(rebuilt) !== printed) throw new DeclarationError(`Version ${version.name} is another schema when rebuilt from its SDL`);
  return view;
}

function checkValid(schema: GraphQLSchema, name: string): void {
  const errors = validateSchema(schema);
  if (errors.length > 0) throw new DeclarationError(`${name} is not a valid schema:\n${errors.map((error) => `- ${error.message}`).join('\n')}`);
}
