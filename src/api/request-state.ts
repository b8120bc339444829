import { AsyncLocalStorage } from 'node:async_hooks';

/** What is known of the request being answered, where Apollo hands on nothing of it: to `formatError`, above all. */
export interface RequestState {
  readonly id: string;
  operationName: string | null;
  failed: boolean;
}

/** The state of the request that the running code answers. */
export const requestState = new AsyncLocalStorage<RequestState>();
