import { ApplicationError, ConflictError, LimitExceededError } from '../../errors.ts';
import { snakeCase } from '../choice-field.ts';
import type { ChoiceEdit } from '../manage/choice-edit.ts';
import { createChoice } from '../manage/create-choice.ts';
import { addAlias } from '../manage/edit-alias.ts';
import { reorderChoices } from '../manage/reorder-choices.ts';
import { MOST_CHOICES } from '../manage/rule-errors.ts';
import { setChoiceActive } from '../manage/set-choice-active.ts';
import { updateChoice } from '../manage/update-choice.ts';
import { orderRows } from './order-rows.ts';
import type { SheetRow } from './parse-sheet.ts';
import type { SheetChoice } from './sheet-choice.ts';
import type { SheetColumn } from './sheet-columns.ts';
import type { SheetValue } from './sheet-format.ts';
import type { SheetProblem } from './sheet-problem.ts';

/** Told of each row that is refused. */
type Refuse = (problem: Omit<SheetProblem, 'file'>) => void;

/** A row, and the choice that it is about; undefined for one that is to be created. */
interface Task {
  readonly row: SheetRow;
  readonly choice: SheetChoice | undefined;
}

/**
 * Does what the rows of a sheet say, by the rules for editing choices, and no more: what a row leaves out, and what is so already, stays.
 * A row that is refused keeps no other from being tried; what was done then is to be rolled back.
 * @throws ConflictError; LimitExceededError for more choices than a tenant may have; RowsFollowError.
 */
export async function applySheet(
  edit: ChoiceEdit,
  rows: readonly SheetRow[],
  current: readonly SheetChoice[],
  refuse: Refuse,
): Promise<void> {
  const byKey = new Map(current.map((choice) => [choice.key, choice]));
  const tasks = rows.map((row): Task => ({ row, choice: byKey.get(row.key) }));
  assertRoomFor(edit, tasks.filter(({ choice }) => choice === undefined).length, current.length);
  let isSound = true;
  const ids = new Map(current.map(({ key, id }) => [key, id]));
  const open: Task[] = [];
  for (const task of tasks) {
    const problem = findMergeProblem(task);
    if (problem) report(problem);
    else if (task.choice?.mergedInto == null) open.push(task);
  }

  await nameChoices(edit, open, ids, reportError);
  const named = open.filter(({ row }) => ids.has(row.key));
  // Whoever is activated may keep another one from being the last.
  for (const active of [true, false])
    for (const { row, choice } of named)
      if (read(row, 'active') === active && (choice?.active ?? true) !== active)
        await attempt(row, () => setChoiceActive(edit, { id: ids.get(row.key)!, active }));
  for (const { row, choice } of named)
    for (const value of (read(row, 'aliases') ?? []) as readonly string[])
      if (!choice?.aliases.includes(value)) await attempt(row, () => addAlias(edit, { choiceId: ids.get(row.key)!, value }));
  if (isSound) await order(edit, named, current, ids);

  function report(problem: Omit<SheetProblem, 'file'>): void {
    isSound = false;
    refuse(problem);
  }

  function reportError(row: SheetRow, error: ApplicationError): void {
    report(describeRefusal(edit, row, error));
  }

  async function attempt(row: SheetRow, work: () => Promise<unknown>): Promise<void> {
    await work().catch((error: unknown) => reportError(row, asRefusal(error)));
  }
}

/**
 * Creates choices, and writes labels and the type's own columns. One that takes the label that another one of them gives away waits for
 * that, whichever comes first in the sheet.
 */
async function nameChoices(
  edit: ChoiceEdit,
  tasks: readonly Task[],
  ids: Map<string, string>,
  reportError: (row: SheetRow, error: ApplicationError) => void,
): Promise<void> {
  for (let waiting = tasks; waiting.length > 0;) {
    const unnamed = new Set(waiting.map(({ row }) => row.key));
    const blocked: { readonly task: Task; readonly error: ApplicationError }[] = [];
    for (const task of waiting)
      try {
        ids.set(task.row.key, await nameChoice(edit, task));
        unnamed.delete(task.row.key);
      } catch (thrown) {
        const error = asRefusal(thrown);
        const bearer = error.data.path === 'label' ? (error.data.choice as { key?: string } | undefined)?.key : undefined;
        if (bearer !== undefined && unnamed.has(bearer)) blocked.push({ task, error });
        else reportError(task.row, error);
      }
    if (blocked.length === waiting.length) {
      for (const { task, error } of blocked) reportError(task.row, error);
      return;
    }
    waiting = blocked.map(({ task }) => task);
  }
}

/** The id of the choice. */
async function nameChoice(edit: ChoiceEdit, { row, choice }: Task): Promise<string> {
  const label = read(row, 'label') as string | null;
  const extra = Object.fromEntries(
    [...row.values].flatMap(([{ extra: property }, value]) => (property === null ? [] : [[property, value]])),
  );
  if (choice === undefined) {
    // An empty cell of a new choice leaves the column its default.
    const given = Object.fromEntries(Object.entries(extra).filter(([, value]) => value !== null));
    return (await createChoice(edit, { key: row.key, label: label ?? '', extra: given })).id;
  }
  const changed = Object.fromEntries(Object.entries(extra).filter(([property, value]) => value !== choice[property]));
  const isRenamed = label !== null && label !== choice.label;
  if (isRenamed || Object.keys(changed).length > 0)
    await updateChoice(edit, { id: choice.id, label: isRenamed ? label : undefined, extra: changed });
  return choice.id;
}

/** Puts the list in the order of the positions; where it has it, nothing is written. `ids`: in the order in which they came to be. */
async function order(
  edit: ChoiceEdit,
  tasks: readonly Task[],
  current: readonly SheetChoice[],
  ids: ReadonlyMap<string, string>,
): Promise<void> {
  const wanted = new Map(tasks.map(({ row }) => [row.key, read(row, 'position') as number | null | undefined]));
  const list = current.filter(({ mergedInto }) => mergedInto === null);
  const created = tasks.filter(({ choice }) => choice === undefined).map(({ row }) => ({ key: row.key, position: null }));
  const keys = orderRows([...list, ...created].map(({ key, position }) => ({ key, position, wanted: wanted.get(key) ?? null })));
  const present = [...list.map(({ key }) => key), ...[...ids.keys()].slice(current.length)];
  if (keys.some((key, index) => key !== present[index])) await reorderChoices(edit, { ids: keys.map((key) => ids.get(key)!) });
}

/** A merge is neither made nor undone by a sheet, and a choice that was merged is not edited. */
function findMergeProblem({ row, choice }: Task): Omit<SheetProblem, 'file'> | undefined {
  const { line, values } = row;
  const say = (column: string | null, message: string) => ({ code: 'MERGED', line, column, message });
  const mergedInto = read(row, 'merged_into');
  if (mergedInto !== undefined && mergedInto !== (choice?.mergedInto ?? null))
    return say('merged_into', `a merge is neither made nor undone here: expected ${JSON.stringify(choice?.mergedInto ?? '')}`);
  if (choice?.mergedInto == null) return undefined;
  const edited = [...values].find(([column, value]) => value !== null && !isSame(column, value, choice));
  return edited && say(edited[0].name, `the choice was merged into "${choice.mergedInto}" and is not edited: undo the merge first`);
}

/** Aliases are added, never taken away. */
function isSame(column: SheetColumn, value: SheetValue, choice: SheetChoice): boolean {
  return Array.isArray(value)
    ? value.every((alias) => alias === choice.key || choice.aliases.includes(alias as string))
    : value === column.valueOf(choice);
}

function assertRoomFor({ type }: ChoiceEdit, created: number, present: number): void {
  if (created === 0 || created + present <= MOST_CHOICES) return;
  throw new LimitExceededError(
    `A tenant has at most ${MOST_CHOICES} choices of a type: there are ${present}, and the sheet would create ${created}`,
    { limit: MOST_CHOICES, type: type.enumValue, present, created },
  );
}

/** What a row says in a column that every type has: null where the cell is empty, undefined where the sheet has no such column. */
function read({ values }: SheetRow, name: string): SheetValue | undefined {
  for (const [column, value] of values) if (column.name === name && column.extra === null) return value;
  return undefined;
}

/** @throws what is no refusal of a row. */
function asRefusal(error: unknown): ApplicationError {
  if (error instanceof ApplicationError && !(error instanceof ConflictError)) return error;
  throw error;
}

/** The service names inputs, a sheet names columns. */
function describeRefusal({ type }: ChoiceEdit, { line }: SheetRow, { code, message, data }: ApplicationError): Omit<SheetProblem, 'file'> {
  const { path, ...rest } = data;
  const input = typeof path === 'string' ? path : '';
  const column = COLUMNS[input] ?? (Object.hasOwn(type.extra, input) ? snakeCase(input) : null);
  return { code, line, column, message: message.startsWith(`${input}: `) ? message.slice(input.length + 2) : message, data: rest };
}

const COLUMNS: Readonly<Record<string, string>> = { key: 'key', label: 'label', value: 'aliases', replacementId: 'active' };
