import type { IncomingHttpHeaders } from 'node:http';
import type { Principal } from '../tenancy/principal.ts';

/** How an operation ended: `failed` when its response carries an error. */
export type OperationOutcome = 'succeeded' | 'failed';

/** What resolvers get for one operation, and what the API itself needs of it. Apollo copies it: keep it free of private members. */
export interface ApiContext {
  /** Null for an anonymous request, which executes nothing but introspection. */
  readonly principal: Principal | null;
  /** The id of the principal's tenant. Absent or null: it has none, or nobody looked it up. */
  readonly tenantId?: string | null;
  /**
   * Called once when the operation has ended, before its response is sent, also when the client is gone. If it rejects, the
   * response becomes an internal error.
   */
  dispose?(outcome: OperationOutcome): void | Promise<void>;
}

/** What a context may know of the request it is for. */
export interface ApiRequest {
  readonly id: string;
  /** The API version that answers: `2026-11`. */
  readonly version: string;
  readonly headers: IncomingHttpHeaders;
}
