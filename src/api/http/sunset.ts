import type { onRequestHookHandler } from 'fastify';
import { DeclarationError } from '../../errors.ts';
import type { ApiVersion } from '../../evolution/versions/api-versions.ts';
import { parseDay } from '../../evolution/versions/day.ts';
import { readClient } from '../client.ts';

/**
 * Makes the hook that announces with each answer, by the header `Sunset` of RFC 8594, when a version ends. Undefined where no end
 * is announced.
 * @throws DeclarationError when the version's end is no day.
 */
export function announceSunset(
  { version, ends }: { readonly version: ApiVersion; readonly ends?: string | undefined },
  tells: (client: string) => boolean,
): onRequestHookHandler | undefined {
  if (ends === undefined) return undefined;
  const end = parseDay(ends);
  if (end === undefined) throw new DeclarationError(`Version ${version.name}: expected the day of its end as YYYY-MM-DD but got "${ends}"`);
  const sunset = end.toUTCString();
  return (request, reply, done) => {
    const { client } = readClient((header) => request.headers[header]?.toString());
    if (tells(client)) reply.header('sunset', sunset);
    done();
  };
}
