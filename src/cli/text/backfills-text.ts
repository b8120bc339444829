import type { FieldStatus, Status } from '../../choice/migrate/status.ts';
import { escapeHidden } from './escape-hidden.ts';
import { joinParts } from './join-parts.ts';
import { formatTable } from './table.ts';

/** The backfills that are asked for or ended undone, and who works on them; empty where there are neither. */
export function describeBackfills({ fields, workers }: Status): string {
  const rows = fields.flatMap((field) => (field.progress?.wanted || field.progress?.error ? [describeRow(field, field.progress)] : []));
  const backfills = formatTable(
    [
      { header: 'field' },
      { header: 'tenant' },
      { header: 'done', align: 'right' },
      { header: 'of', align: 'right' },
      { header: 'backfill' },
    ],
    rows,
  );
  const processes = formatTable(
    [{ header: 'worker' }, { header: 'host' }, { header: 'pid', align: 'right' }, { header: 'is at' }],
    workers.map(({ name, host, pid, activity }) => [name, host, String(pid), escapeHidden(activity ?? '–')]),
  );
  return joinParts([rows.length > 0 ? backfills.join('\n') : '', workers.length > 0 ? processes.join('\n') : '']);
}

function describeRow({ field, tenant }: FieldStatus, progress: NonNullable<FieldStatus['progress']>): string[] {
  return [field, tenant, String(progress.done), String(progress.total), escapeHidden(describeState(progress)).replaceAll('\n', '; ')];
}

function describeState({ wanted, paused, stage, error }: NonNullable<FieldStatus['progress']>): string {
  if (!wanted) return `ended undone: ${error}`;
  if (paused !== null) return `paused by ${paused.by}${paused.reason === null ? '' : `: ${paused.reason}`}`;
  if (error !== null) return `is tried again: ${error}`;
  return { sweep: 'first pass', await: 'waits for older transactions', final: 'last passes' }[stage];
}
