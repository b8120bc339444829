import { keepWorking } from '../../src/choice/migrate/keep-working.ts';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import { openOwnerDatabase } from '../../src/database/owner-database.ts';

/** A worker on the database that its argument names, until its input ends. It tells when it begins. */
const database = openOwnerDatabase(process.argv[2] ?? '');
const stop = new AbortController();
process.stdin.resume().on('end', () => stop.abort());
const scope = { registry: choiceRegistry, fields: choiceRegistry.fields, tenants: undefined };
process.stdout.write('ready\n');
await keepWorking(database.sql, scope, {
  signal: stop.signal,
  onState: () => undefined,
  endsAt: () => false,
  onLost: (error) => void process.stderr.write(`${String(error)}\n`),
});
await database.close();
