import type { MemberUse, RemovalVerdict } from '../../evolution/removal/verdict.ts';
import type { RegisteredUse } from '../../evolution/usage/registered-use.ts';
import { countClients } from '../../evolution/removal/describe-client.ts';
import { describeSpan } from '../../evolution/removal/describe-span.ts';
import { nameClient } from './client-text.ts';
import { escapeHidden } from './escape-hidden.ts';
import { joinParts } from './join-parts.ts';
import { plural } from './plural.ts';
import { formatTable } from './table.ts';

/** Lines of use per coordinate. */
const MOST_USES = 20;
/** Tenants of a line. */
const MOST_TENANTS = 3;

/** Each deprecated coordinate with its verdict, then who uses them, then what else keeps them, then how much is known. */
export function describeUsage(verdicts: readonly RemovalVerdict[]): string {
  if (verdicts.length === 0) return 'Nothing is deprecated.';
  return joinParts([describeVerdicts(verdicts), describeUses(verdicts), describeReasons(verdicts), describeFigures(verdicts)]);
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
  const rows = verdicts.flatMap(({ coordinate, keys: { clients, evidence } }) => {
    const lines = [
      ...sumTenants(clients.uses).map(({ client, clientVersion, tenants, version, pinned, operation, lastSeen, count }) => [
        nameClient(client, clientVersion),
        tenants,
        pinned ? `${version} (pinned)` : version,
        operation || '(anonymous)',
        lastSeen.toISOString(),
        String(count),
      ]),
      ...clients.registered.map((use) => describeRegistered(use, 'registered')),
      ...evidence.registered.map((use) => describeRegistered(use, 'registered, by a variable?')),
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
      { header: 'tenant' },
      { header: 'API version' },
      { header: 'operation' },
      { header: 'last seen' },
      { header: 'count', align: 'right' },
    ],
    rows,
  ).join('\n');
}

function describeRegistered({ client, clientVersion, operation }: RegisteredUse, state: string): string[] {
  return [nameClient(client, clientVersion), '', '', operation || '(anonymous)', state, ''];
}

/** What several coordinates have in common is said once; who uses them is in the table. */
function describeReasons(verdicts: readonly RemovalVerdict[]): string {
  const reasons = verdicts.flatMap(({ coordinate, sunset, keys: { data, calendar, evidence } }) => [
    ...data.blockers.map(({ message }) => `DATA_NOT_READY: ${message}`),
    ...(calendar.ok ? [] : [`TOO_EARLY: what has its sunset in ${sunset} may go on ${calendar.passesOn}`]),
    ...evidence.reasons.map(
      ({ code, message }) => `INSUFFICIENT_EVIDENCE: ${code === 'REGISTERED_VARIABLES' ? `${coordinate}: ` : ''}${message}`,
    ),
  ]);
  return [...new Set(reasons)].map(escapeHidden).join('\n');
}

/** What is known, also where it is enough: all are judged by the same records. */
function describeFigures([first]: readonly RemovalVerdict[]): string {
  const { figures, gaps } = first!.keys.evidence;
  const { window, since, coveredShare, operations, unnamedOperations, lostOperations } = figures;
  const [longest, ...others] = gaps;
  const share = `${Math.floor(coveredShare * 1_000) / 10} %`;
  const recorded = `Recorded since ${since.toISOString()}, in ${describeSpan(window * 1_000)}: ${plural(operations, 'operation')}, ${unnamedOperations} of clients without a name, ${lostOperations} not kept whole; ${share} of the time is covered.`;
  if (longest === undefined) return recorded;
  const more = others.length > 0 ? `; ${plural(others.length, 'other gap')}` : '';
  return `${recorded}\nLongest gap: ${longest.why}, from ${longest.from.toISOString()} to ${longest.to.toISOString()}${more}.`;
}

/** The same use by several tenants is one line. */
function sumTenants(uses: readonly MemberUse[]): (MemberUse & { readonly tenants: string })[] {
  const groups = Map.groupBy(uses, ({ client, clientVersion, version, pinned, operation }) =>
    [client, clientVersion, version, pinned, operation].join('\n'),
  );
  return [...groups.values()].map((same) => ({
    ...same[0]!,
    count: same.reduce((sum, { count }) => sum + count, 0),
    tenants: listTenants(same),
  }));
}

function listTenants(uses: readonly MemberUse[]): string {
  const names = uses.map(({ tenant, tenantId }) => tenant ?? (tenantId === null ? '(platform)' : tenantId)).sort();
  const rest = names.length - MOST_TENANTS;
  return `${names.slice(0, MOST_TENANTS).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
