export interface PostRequest {
  readonly url: URL;
  readonly token?: string | undefined;
  readonly body: string;
}

/** Far longer than any answer takes. */
export const ANSWERS_WITHIN_MS = 30_000;

/** Sends one request, with no hurry. Returns the answer's text. @throws where it is not 200 */
export async function post({ url, token, body }: PostRequest): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    body,
    signal: AbortSignal.timeout(ANSWERS_WITHIN_MS),
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${url.href}: expected 200, got ${response.status} ${text.slice(0, 2_000)}`);
  return text;
}
