import { jest } from '@jest/globals';
import pg from 'pg';

/** A statement or message as it was given to the driver. */
export interface SentStatement {
  readonly text: string;
  /** Under which it is prepared. */
  readonly name: string | undefined;
  readonly values: readonly unknown[];
}

/**
 * Every statement that the API's connections send from now on, transaction control included; the owner's pool is of the same class, and
 * its statements are not a request's. Ends with `jest.restoreAllMocks()`.
 */
export function recordSentStatements(): SentStatement[] {
  const sent: SentStatement[] = [];
  const query = pg.Client.prototype.query;
  const spy = function (this: { connectionParameters: { application_name?: string } }, ...parameters: unknown[]) {
    if (this.connectionParameters.application_name?.startsWith('dynamic-choices api ')) sent.push(...describe(parameters[0]));
    return Reflect.apply(query, this, parameters);
  };
  jest.spyOn(pg.Client.prototype, 'query').mockImplementation(spy as never);
  return sent;
}

function describe(statement: unknown): SentStatement[] {
  if (typeof statement === 'string') return [{ text: statement, name: undefined, values: [] }];
  const { text, name, values, prefix } = statement as Partial<SentStatement> & {
    prefix?: { readonly statements: readonly SentStatement[] };
  };
  return [...(prefix?.statements ?? []), { text: text ?? String(statement), name, values: values ?? [] }];
}
