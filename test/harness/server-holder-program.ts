import { once } from 'node:events';
import { acquireEmbeddedServer } from '../../src/database/embedded/embedded-server.ts';

/** A process that uses the embedded server until its input ends. It tells what happens in lines of JSON. */
const tell = (line: Readonly<Record<string, unknown>>): boolean => process.stdout.write(`${JSON.stringify(line)}\n`);

try {
  const server = await acquireEmbeddedServer(process.argv[2] ?? '', (message) => tell({ message }));
  tell({ ownerUrl: server.ownerUrl });
  await once(process.stdin.resume(), 'end');
  await server.release();
} catch (error) {
  tell({ error: (error as Error).message });
  process.exitCode = 1;
}
