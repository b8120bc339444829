import { OperationError } from '../../../errors.ts';
import { fetchWithinOrigin, readText } from '../../source/fetch-within-origin.ts';
import { describeFetchFailure, parseGraphqlAnswer } from '../../source/graphql-answer.ts';
import type { SendOperation } from './proof.ts';

/** Sends operations to a GraphQL endpoint, and to no other origin. `timeLimit`: of one operation, in milliseconds. */
export function sendOverHttp(
  url: URL,
  { headers, timeLimit, signal }: { headers: Readonly<Record<string, string>>; timeLimit: number; signal: AbortSignal },
): SendOperation {
  return async (operation) => {
    const deadline = AbortSignal.timeout(timeLimit);
    let response: Response;
    let text: string;
    try {
      response = await fetchWithinOrigin(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json', 'x-graphql-client-name': 'choices codemod', ...headers },
        body: JSON.stringify(operation),
        signal: AbortSignal.any([signal, deadline]),
      });
      text = await readText(response, url);
    } catch (error) {
      if (error instanceof OperationError) throw error;
      const reason = deadline.aborted ? `it did not answer within ${timeLimit / 1000} s` : describeFetchFailure(error);
      throw new OperationError(`${url.href} cannot be asked: ${reason}`, { cause: error });
    }
    const answer = parseGraphqlAnswer(text);
    if (answer === undefined)
      throw new OperationError(
        `${url.href} is no GraphQL endpoint: it answered ${response.status} with ${JSON.stringify(text.slice(0, 80))}`,
      );
    return answer;
  };
}
