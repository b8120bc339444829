import type { ApiClient } from '../../evolution/usage/list-clients.ts';
import { OTHERS } from '../../evolution/usage/usage-names.ts';
import { plural } from './plural.ts';
import { showValue } from './show-value.ts';
import { formatTable } from './table.ts';

/** `web 1.4.0`. */
export function nameClient(client: string, clientVersion: string): string {
  if (client === '') return '(unnamed)';
  if (client === OTHERS) return OTHERS;
  return clientVersion === '' ? showValue(client) : `${showValue(client)} ${showValue(clientVersion)}`;
}

export function describeClients(clients: readonly ApiClient[]): string {
  if (clients.length === 0) return 'No client has named itself yet.';
  return formatTable(
    [{ header: 'client' }, { header: 'told of deprecations' }, { header: 'documents', align: 'right' }, { header: 'last seen' }],
    clients.map(({ name, tellsDeprecations, documents, lastSeen }) => [
      showValue(name),
      tellsDeprecations ? 'yes' : 'no',
      String(documents),
      lastSeen?.toISOString() ?? 'never',
    ]),
  ).join('\n');
}

/** `12 documents of web 1.4.0`. */
export function describeDocuments(documents: number, client: string, clientVersion: string): string {
  return `${plural(documents, 'document')} of ${nameClient(client, clientVersion)}`;
}
