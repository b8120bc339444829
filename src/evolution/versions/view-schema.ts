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
  const errors = validateSchema(view);
  if (errors.length > 0)
    throw new DeclarationError(`Version ${version.name} is not a valid schema:\n${errors.map((error) => `- ${error.message}`).join('\n')}`);
  checkPrintable(view, version);
  return view;
}

/** A schema can be valid and yet have no SDL, or SDL that says something else: a default value or a description that does not print. */
function checkPrintable(view: GraphQLSchema, version: ApiVersion): void {
  let printed: string;
  let rebuilt: GraphQLSchema;
  try {
    printed = printVersion(view);
    rebuilt = buildSchema(printed);
  } catch (error) {
    throw new DeclarationError(`Version ${version.name} cannot be printed as SDL and built again: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const lines = printVersion(rebuilt).split('\n');
  const changed = printed.split('\n').find((line, index) => line !== lines[index]);
  if (changed !== undefined)
    throw new DeclarationError(`Version ${version.name} is another schema when built again from its SDL, from this line on: ${changed}`);
}
