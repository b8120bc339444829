import { OperationError } from '../../../errors.ts';
import type { OperationAnswer, SendOperation } from './proof.ts';

/** Sends operations to a GraphQL endpoint. `timeLimit`: of one operation, in milliseconds. */
export function sendOverHttp(
  url: URL,
  { headers, timeLimit, signal }: { headers: Readonly<Record<string, string>>; timeLimit: number; signal: AbortSignal },
): SendOperation {
  return async (operation) => {
    const deadline = AbortSignal.timeout(timeLimit);
    let response: Response;
    let text: string;
    try {
      response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json', 'x-graphql-client-name': 'choices codemod', ...headers },
        body: JSON.stringify(operation),
        signal: AbortSignal.any([signal, deadline]),
      });
      text = await response.text();
    } catch (error) {
      const reason = deadline.aborted ? `it did not answer within ${timeLimit / 1000} s` : describeCause(error);
      throw new OperationError(`${url.href} cannot be asked: ${reason}`, { cause: error });
    }
    const answer = parseAnswer(text);
    if (answer === undefined)
      throw new OperationError(
        `${url.href} is no GraphQL endpoint: it answered ${response.status} with ${JSON.stringify(text.slice(0, 80))}`,
      );
    return answer;
  };
}

function parseAnswer(text: string): OperationAnswer | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { data, errors } = Object(answer) as { data?: unknown; errors?: unknown };
  if (Array.isArray(errors)) return { data, errors: errors.map((error) => ({ message: String((Object(error) as Error).message) })) };
  return typeof data === 'object' && data !== null ? { data } : undefined;
}

/** `fetch` says only that it failed; why is in the cause. */
function describeCause(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const { message, code } = Object(cause) as { message?: string; code?: string };
  return message || code || String(cause);
}
