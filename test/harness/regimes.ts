import { sql } from 'kysely';
import { contractFields } from '../../src/choice/migrate/contract.ts';
import { rollbackFields } from '../../src/choice/migrate/rollback.ts';
import { announceStorage } from '../../src/choice/migrate/announce.ts';
import { addLegacyColumn } from '../../src/choice/derive/columns.ts';
import { replaceObjects } from '../../src/choice/derive/objects.ts';
import type { ChoiceField } from '../../src/choice/choice-field.ts';
import type { LegacyStorage } from '../../src/choice/legacy-storage.ts';
import { joinProcesses } from '../../src/choice/processes.ts';
import { BlockedError } from '../../src/errors.ts';
import type { TestCrm } from './test-crm.ts';
import { waitUntil } from './wait-until.ts';

const STUCK = 'a server that follows nothing';

/** From preferred: the archive is filled and kept in step, servers use it, and the column is still there. */
export async function openWindow(crm: TestCrm): Promise<void> {
  await stopAtServers(crm, (field) =>
    contractFields(crm.owner.sql, { ...crm.scope, fields: [field] }, { ...crm.run, window: 0, serverCap: 1 }),
  );
}

/** From contracted: the columns are there again, and nothing is in them. */
export async function addColumns(crm: TestCrm): Promise<void> {
  for (const field of crm.scope.fields)
    await crm.owner.pool.query([...addLegacyColumn(field), ...replaceObjects(field, 'archive', 'restore')].join('; '));
}

/** The columns are filled and servers use them, and the archive is still what counts. */
export async function fillColumns(crm: TestCrm): Promise<void> {
  await stopAtServers(crm, (field) =>
    rollbackFields(crm.owner.sql, { ...crm.scope, fields: [field] }, { ...crm.run, to: 'preferred', serverCap: 1 }),
  );
}

/** Tells servers where to find the strings, as a step would that goes the other way. */
export async function tellServers(crm: TestCrm, storage: LegacyStorage): Promise<void> {
  for (const field of crm.scope.fields) await announceStorage(crm.owner.sql, field, storage);
  await awaitServers(crm);
}

/** Until every server works by the rules that hold now. */
export async function awaitServers({ owner }: TestCrm): Promise<void> {
  await waitUntil('the servers follow', async () => {
    const { rows } = await sql`
      SELECT FROM choice_process, choice_revision WHERE kind = 'server' AND name <> ${STUCK} AND acknowledged < revision`.execute(
      owner.sql,
    );
    return rows.length === 0;
  });
}

/** Takes each field to where a step waits for servers, and no further. */
async function stopAtServers(crm: TestCrm, step: (field: ChoiceField) => Promise<unknown>): Promise<void> {
  const stuck = await joinProcesses(crm.database.ownerUrl, { kind: 'server', name: STUCK });
  try {
    for (const field of crm.scope.fields) {
      const error = await step(field).then(
        () => new Error(`${field.coordinate} went on without a server that has not followed`),
        (reason: unknown) => reason,
      );
      if (!(error instanceof BlockedError && error.blockers.every(({ code }) => code === 'SERVERS_BEHIND'))) throw error;
    }
  } finally {
    await stuck.leave();
  }
  await awaitServers(crm);
}
