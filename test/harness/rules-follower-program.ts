import { once } from 'node:events';
import { createRulesSource } from '../../src/choice/rules-watcher.ts';
import { readThrough } from '../../src/database/read.ts';
import { openOwnerDatabase } from '../../src/database/owner-database.ts';

/** A process that follows the rules as a server does, until its input ends; it says so once it has joined. */
const url = process.argv[2] ?? '';
const owner = openOwnerDatabase(url);
const rules = await createRulesSource(url, { name: 'follower', read: readThrough(owner.sql) });
process.stdout.write('joined\n');
await once(process.stdin.resume(), 'end');
await rules.close();
await owner.close();
