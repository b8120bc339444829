import { sql } from 'kysely';
import { runPatiently } from '../../database/online-ddl.ts';
import type { Sql } from '../../database/owner-database.ts';
import { BlockedError } from '../../errors.ts';
import { type ChangeDescription, describeChange } from '../audit/describe-change.ts';
import type { ChoiceField } from '../choice-field.ts';
import type { LegacyStorage } from '../legacy-storage.ts';
import type { Regime } from '../regime.ts';
import { announceStorage, waitForServers } from './announce.ts';
import { describeProcesses } from './describe-process.ts';
import { readFieldState } from './read-regime.ts';
import { changedMeanwhile } from './run-field-step.ts';

/** How long servers have to follow, in milliseconds. */
const SERVER_CAP = 45_000;

/** `cap`: how long servers have to follow, `lockCap`: how long to try to hold the field's state, both in milliseconds. */
export interface LeadOptions {
  readonly storage: LegacyStorage;
  readonly regime: Regime;
  readonly change: ChangeDescription;
  readonly cap?: number | undefined;
  readonly lockCap?: number | undefined;
}

/**
 * Tells servers where to find the strings of a field that is in the regime, and returns once none of them does otherwise any more.
 * @throws BlockedError naming those that have not followed after `cap` milliseconds; what was announced stays so.
 */
export async function leadServers(
  db: Sql,
  field: ChoiceField,
  { storage, regime, change, cap = SERVER_CAP, lockCap }: LeadOptions,
): Promise<void> {
  const announce = async (transaction: Sql) => {
    await describeChange(transaction, change);
    await assertRegime(transaction, field, regime);
    return announceStorage(transaction, field, storage);
  };
  const revision = await runPatiently(db, ['choice_field_state'], announce, lockCap);
  const behind = await waitForServers(db, revision, cap);
  if (behind.length > 0)
    throw new BlockedError([
      {
        code: 'SERVERS_BEHIND',
        field: field.coordinate,
        message: `${field.coordinate}: after ${cap / 1000} s these servers have not followed: ${describeProcesses(behind)}. What is done so far stays, and no column is gone. End them, or wait for them, and run the command again`,
      },
    ]);
}

/**
 * Holds the field's state until the transaction ends, and makes sure that it is as the step took it to be. Steps take turns, but
 * one that lost its connection has lost its turn, and may not know.
 */
export async function assertRegime(transaction: Sql, field: ChoiceField, regime: Regime): Promise<void> {
  await sql`SELECT FROM choice_field_state WHERE field = ${field.coordinate} FOR NO KEY UPDATE`.execute(transaction);
  const found = await readFieldState(transaction, field);
  if (found.regime !== regime) throw changedMeanwhile(field);
}
