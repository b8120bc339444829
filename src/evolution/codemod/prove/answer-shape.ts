import type { ResponseChange } from '../rewrite-result.ts';

/** What changed in the objects at one place of an answer, by response key. */
export interface AnswerShape {
  readonly changes: ReadonlyMap<string, ValueChange>;
  /** Members that are selected there now, beside what was. */
  readonly added: ReadonlySet<string>;
  readonly members: ReadonlyMap<string, AnswerShape>;
}

/** `industry` is at `industryRef`, in its `key`. */
export interface ValueChange {
  readonly coordinate: string;
  readonly field: string;
  readonly selection: string;
}

interface MutableShape extends AnswerShape {
  readonly changes: Map<string, ValueChange>;
  readonly added: Set<string>;
  readonly members: Map<string, MutableShape>;
}

/** The shape of a whole answer, from its changes. */
export function createAnswerShape(responses: readonly ResponseChange[]): AnswerShape {
  const root = createShape();
  for (const { coordinate, before, after } of responses) {
    const shape = before.slice(0, -1).reduce(memberOf, root);
    const [field, selection] = after.slice(-2) as [string, string];
    shape.changes.set(before.at(-1)!, { coordinate, field, selection });
    memberOf(shape, field).added.add(selection);
  }
  return root;
}

function memberOf({ members }: MutableShape, key: string): MutableShape {
  const member = members.get(key) ?? createShape();
  members.set(key, member);
  return member;
}

function createShape(): MutableShape {
  return { changes: new Map(), added: new Set(), members: new Map() };
}
