import { UsageError } from '../../errors.ts';

/**
 * Why a gate is passed over; undefined where it is not.
 * @throws UsageError for one of the two without the other.
 */
export function readForceReason({ force = false, reason }: { readonly force?: boolean; readonly reason?: string }): string | undefined {
  const given = reason?.trim();
  if (force && !given) throw new UsageError('--force: expected --reason TEXT with it, got none');
  if (!force && reason !== undefined) throw new UsageError('--reason: expected --force with it, got none');
  return force ? given : undefined;
}
