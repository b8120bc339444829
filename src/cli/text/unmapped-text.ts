import { hasReached } from '../../choice/migrate/phase.ts';
import type { FieldReport, UnmappedValue } from '../../choice/migrate/report.ts';
import { plural } from './plural.ts';
import { quoteForShell } from './quote-for-shell.ts';
import { showValue } from './show-value.ts';
import { formatTable } from './table.ts';

/** Every unmapped value of one field and tenant: how many rows hold it, what it is like, and the command that would settle it. */
export function describeUnmapped(field: FieldReport): string {
  if (field.unmapped.length === 0) return '';
  const isPopulated = hasReached(field.phase, 'populated');
  const table = formatTable(
    [{ header: 'value' }, { header: 'rows', align: 'right' }, { header: 'like' }, { header: 'settled by' }],
    field.unmapped.map((value) => [
      showValue(value.value),
      String(value.count),
      value.suggestions.join(', ') || '–',
      value.accepted ? '(accepted as it is)' : isPopulated ? settlingCommand(field, value) : '',
    ]),
  );
  const hasOpen = field.unmapped.some((value) => !value.accepted);
  return [
    `${field.field} of ${field.tenant}: ${plural(field.unmapped.length, 'value')} that no choice stands for`,
    ...table.map((line) => `  ${line}`),
    ...(hasOpen ? [`  ${describeNextStep(field, isPopulated)}`] : []),
  ].join('\n');
}

/** Before a tenant has choices, its values can be mapped to none; most of them need not be, once it has. */
function describeNextStep(field: FieldReport, isPopulated: boolean): string {
  if (isPopulated) return `or: ${choicesCommand('map', field, [])} VALUE=KEY, to map a value to any other choice`;
  const expand = field.phase === 'legacy' ? `choices expand --field ${field.field}, then ` : '';
  return `first: ${expand}choices populate --field ${field.field} --tenant ${quoteForShell(field.tenant)}`;
}

/** To its likeliest choice where one is like it, else a way to let it stay. */
function settlingCommand(field: FieldReport, { value, suggestions: [likeliest] }: UnmappedValue): string {
  if (likeliest !== undefined) return choicesCommand('map', field, [], `${value}=${likeliest}`);
  return choicesCommand('accept', field, ['--reason', 'WHY IT MAY STAY'], value);
}

/** A value that starts with a dash would be read as an option: `--` goes before it. */
function choicesCommand(command: 'map' | 'accept', field: FieldReport, options: readonly string[], operand?: string): string {
  const operands = operand === undefined ? [] : operand.startsWith('-') ? ['--', operand] : [operand];
  return ['choices', command, field.field, '--tenant', field.tenant, ...options, ...operands].map(quoteForShell).join(' ');
}
