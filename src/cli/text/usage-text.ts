import type { RemovalVerdict } from '../../evolution/removal/verdict.ts';
import { countClients } from '../../evolution/removal/limit-to-tenant.ts';
import type { ApiClient } from '../../evolution/usage/list-clients.ts';
import { OTHERS } from '../../evolution/usage/usage-names.ts';
import type { CoordinateUse } from '../../evolution/usage/usage-store.ts';
import { escapeHidden } from './escape-hidden.ts';
import { joinParts } from './join-parts.ts';
import { plural } from './plural.ts';
import { showValue } from './show-value.ts';
import { formatTable } from './table.ts';

/** Lines of use per coordinate. */
const MOST_USES = 20;

/** Each deprecated coordinate with its verdict, then who uses them, then what else keeps them. */
export function describeUsage(verdicts: readonly RemovalVerdict[]): string {
  if (verdicts.length === 0) return 'Nothing is deprecated.';
  return joinParts([describeVerdicts(verdicts), describeUses(verdicts), describeReasons(verdicts)]);
}

function describeVerdicts(verdicts: readonly RemovalVerdict[]): string {
  const rows = verdicts.map(({ coordinate, verdict, sunset, keys: { clients } }) => [
    coordinate,
    verdict,
    sunset,
    String(countClients([...clients.uses, ...clients.registered])),
    String(clients.othersUsing),
  ]);
  // Nobody is left out where nobody asked for one tenant.
  const width = verdicts.some(({ keys }) => keys.clients.othersUsing > 0) ? 5 : 4;
  const columns = [
    { header: 'coordinate' },
    { header: 'verdict' },
    { header: 'sunset' },
    { header: 'clients', align: 'right' },
    { header: 'others', align: 'right' },
  ] as const;
  return formatTable(
    columns.slice(0, width),
    rows.map((cells) => cells.slice(0, width)),
  ).join('\n');
}

function describeUses(verdicts: readonly RemovalVerdict[]): string {
  const rows = verdicts.flatMap(({ coordinate, keys: { clients } }) => {
    const lines = [
      ...sumTenants(clients.uses).map(({ client, clientVersion, version, operation, lastSeen, count }) => [
        nameClient(client, clientVersion),
        version,
        operation || '(anonymous)',
        lastSeen.toISOString(),
        String(count),
      ]),
      ...clients.registered.map(({ client, clientVersion, operation }) => [
        nameClient(client, clientVersion),
        '',
        operation || '(anonymous)',
        'registered',
        '',
      ]),
    ];
    const rest = lines.length - MOST_USES;
    const more = rest > 0 ? [[`… ${rest} more: --json has all`]] : [];
    return [...lines.slice(0, MOST_USES), ...more].map((cells) => [coordinate, ...cells]);
  });
  if (rows.length === 0) return '';
  return formatTable(
    [
      { header: 'used' },
      { header: 'by' },
      { header: 'API version' },
      { header: 'operation' },
      { header: 'last seen' },
      { header: 'count', align: 'right' },
    ],
    rows,
  ).join('\n');
}

/** What several coordinates have in common is said once; who uses them is in the table. */
function describeReasons(verdicts: readonly RemovalVerdict[]): string {
  const reasons = verdicts.flatMap((verdict) => {
    const { data, calendar, evidence } = verdict.keys;
    return [
      ...data.blockers.map(({ message }) => `DATA_NOT_READY: ${message}`),
      ...(calendar.ok ? [] : [`TOO_EARLY: what has its sunset in ${verdict.sunset} may go on ${calendar.passesOn}`]),
      ...evidence.reasons.map(({ message }) => `INSUFFICIENT_EVIDENCE: ${message}`),
    ];
  });
  return [...new Set(reasons)].map(escapeHidden).join('\n');
}

/** The same use by several tenants is one line. */
function sumTenants(uses: readonly CoordinateUse[]): CoordinateUse[] {
  const groups = Map.groupBy(uses, ({ client, clientVersion, version, operation }) =>
    [client, clientVersion, version, operation].join('\n'),
  );
  return [...groups.values()].map((same) => ({ ...same[0]!, count: same.reduce((sum, { count }) => sum + count, 0) }));
}

function nameClient(client: string, clientVersion: string): string {
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
