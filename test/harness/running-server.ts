import type { ThrowawayServer } from './throwaway-server.ts';

const SERVER = Symbol.for('dynamic-choices test server');

/** Jest loads the set-up and the teardown as modules apart, in one process: what they share hangs on the process. */
const holder = process as NodeJS.Process & { [SERVER]?: ThrowawayServer };

export function holdServer(server: ThrowawayServer): void {
  holder[SERVER] = server;
}

export async function stopHeldServer(): Promise<void> {
  await holder[SERVER]?.stop();
}
