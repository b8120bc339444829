import type { AddressInfo } from 'node:net';

/** Says where a server listens, for whoever started it. */
export function announce(address: AddressInfo | string | null, path: string): void {
  process.stdout.write(`ready http://127.0.0.1:${(address as AddressInfo).port}${path}\n`);
}
