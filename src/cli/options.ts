import { Option } from 'commander';
import { findReasonFault } from '../choice/check-reason.ts';
import { PACE_LIMITS } from '../choice/migrate/pace.ts';
import { UsageError } from '../errors.ts';
import { parseWholeNumber } from './parse-whole-number.ts';

/** `--field`, repeatable; the same one twice counts once. */
export function fieldOption(): Option {
  return new Option('--field <coordinate>', 'a choice field such as Lead.industry; repeatable (default: all)').argParser(collectDistinct);
}

/** `--tenant`, repeatable; the same one twice counts once. */
export function tenantsOption(): Option {
  return new Option('--tenant <slug>', 'a tenant; repeatable (default: all)').argParser(collectDistinct);
}

/** `--tenant` where exactly one is meant. */
export function oneTenantOption(): Option {
  return new Option('--tenant <slug>', 'the tenant').argParser(collectDistinct);
}

export function dryRunOption(): Option {
  return new Option('--dry-run', 'write nothing, and say exactly what would be done');
}

export function actorOption(): Option {
  return new Option('--actor <name>', 'who answers for the change (default: your user name)');
}

/** Recorded beside the change. */
export function reasonOption(description = 'why, for the record'): Option {
  return new Option('--reason <text>', description).argParser((text) => {
    const fault = findReasonFault(text);
    if (fault !== undefined) throw new UsageError(`--reason: ${fault}`);
    return text;
  });
}

/** `--batch-size`: it holds for every backfill, until it is set again. */
export function batchSizeOption(): Option {
  return new Option('--batch-size <rows>', 'rows per transaction, at most; of all backfills, until it is set again').argParser((text) =>
    parseWholeNumber(text, 1, PACE_LIMITS.batchSize),
  );
}

/** `--rate`: `'none'` takes the limit away. */
export function rateOption(): Option {
  return new Option('--rate <rows>', 'rows per second of all workers together, or "none"; until it is set again').argParser((text) =>
    text === 'none' ? text : parseWholeNumber(text, 1, PACE_LIMITS.rowsPerSecond),
  );
}

/** What `--rate` asks for, as the engine takes it: commander has no null. */
export function readRate(rate: number | 'none' | undefined): number | null | undefined {
  return rate === 'none' ? null : rate;
}

/** Only for `--help`: the program reads it, wherever it stands. */
export function jsonOption(): Option {
  return new Option('--json', 'answer with one JSON document on stdout');
}

/** The tenant of a command that works on one. */
export function requireOneTenant(slugs: readonly string[] | undefined): string {
  const [slug, second] = slugs ?? [];
  if (slug === undefined || slug === '') throw new UsageError('--tenant: expected the slug of a tenant, got none');
  if (second !== undefined) throw new UsageError(`--tenant: expected one tenant, got ${slug} and ${second}`);
  return slug;
}

/** A parser of repeated options and of variadic arguments. */
export function collectDistinct(value: string, previous: string[] = []): string[] {
  return previous.includes(value) ? previous : [...previous, value];
}
