import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';

/** Executes typed operations. */
export interface Client {
  execute<Data, Variables>(document: TypedDocumentNode<Data, Variables>, variables: Variables): Promise<Data>;
}

/** A client of the endpoint at `url`, with a bearer token. */
export function createClient(url: string, token: string): Client {
  return {
    async execute<Data, Variables>(document: TypedDocumentNode<Data, Variables>, variables: Variables) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, 'x-graphql-client-name': 'typed-client' },
        body: JSON.stringify({ query: print(document), variables }),
      });
      const { data, errors } = (await response.json()) as { data?: Data; errors?: { message: string }[] };
      if (errors || data === undefined) throw new Error(errors?.map(({ message }) => message).join('; ') ?? 'no data');
      return data;
    },
  };
}
