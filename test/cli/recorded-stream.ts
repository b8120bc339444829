import type { OutputStream } from '../../src/cli/cli-dependencies.ts';

/** A stream that keeps what is written to it; with `columns` it is a terminal. */
export class RecordedStream implements OutputStream {
  readonly writes: string[] = [];
  readonly isTTY: boolean;

  constructor(readonly columns?: number) {
    this.isTTY = columns !== undefined;
  }

  get text(): string {
    return this.writes.join('');
  }

  write(text: string): boolean {
    this.writes.push(text);
    return true;
  }
}
