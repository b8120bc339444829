import type { ChoiceField } from '../../../../src/choice/choice-field.ts';

/** A record as it ought to be. */
export interface ModelRecord {
  readonly id: string;
  readonly field: ChoiceField;
  readonly value: string;
}

interface Edge {
  readonly survivor: string;
  /** Records that the merge takes along: the key of the choice whose string each carried. */
  readonly moved: Map<string, string>;
}

/** What merges make of choices and records, said without refs: a record is whose its string says. Choices are named by their keys. */
export class MergeModel {
  readonly records = new Map<string, ModelRecord>();
  readonly #owners: Readonly<Record<string, string>>;
  readonly #edges = new Map<string, Edge>();

  /** `owners`: string → key of the choice whose alias it is. */
  constructor(owners: Readonly<Record<string, string>>) {
    this.#owners = owners;
  }

  /** The merged choices. */
  get losers(): readonly string[] {
    return [...this.#edges.keys()];
  }

  /** The choice that answers for a choice. */
  root(key: string): string {
    const edge = this.#edges.get(key);
    return edge === undefined ? key : this.root(edge.survivor);
  }

  /** The choice that a string resolves to. */
  resolve(value: string): string | undefined {
    const owner = this.#owners[value];
    return owner === undefined ? undefined : this.root(owner);
  }

  /** Gives a record the ref of a choice: its string stays where it names that choice. */
  choose({ id, field, value }: ModelRecord, key: string): void {
    this.records.set(id, { id, field, value: this.resolve(value) === this.root(key) ? value : this.root(key) });
  }

  merge(loser: string, survivor: string): void {
    const group = this.#group(loser);
    const moved = [...this.records.values()].flatMap(({ id, value }) => {
      const owner = this.#owners[value];
      return owner !== undefined && group.includes(owner) ? [[id, owner] as const] : [];
    });
    this.#edges.set(loser, { survivor, moved: new Map(moved) });
  }

  /** Answers the records that have to be listed, by their ids: those that the merge took along and that carry another choice's string now. */
  undo(loser: string): string[] {
    const group = this.#group(loser);
    const { survivor, moved } = this.#edges.get(loser)!;
    this.#edges.delete(loser);
    // The merges after it took them along as its records: now they have parted.
    for (let next = this.#edges.get(survivor); next !== undefined; next = this.#edges.get(next.survivor))
      for (const [id, owner] of next.moved) if (group.includes(owner)) next.moved.delete(id);
    return [...moved.keys()].filter((id) => this.records.has(id) && !group.includes(this.#ownerOf(id) ?? '')).sort();
  }

  /** A choice with those that were merged into it. */
  #group(key: string): string[] {
    return [key, ...[...this.#edges].filter(([, { survivor }]) => survivor === key).flatMap(([loser]) => this.#group(loser))];
  }

  #ownerOf(id: string): string | undefined {
    return this.#owners[this.records.get(id)!.value];
  }
}
