import { InvalidArgumentError } from 'commander';

/** A parser of the repeated option `--header`: headers by their name in lower case. */
export function collectHeader(text: string, previous: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const [, name, value] = /^([\w!#$%&'*+.^`|~-]+):[ \t]*(.*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError("Expected NAME: VALUE, such as 'authorization: Bearer …'.");
  return { ...previous, [name.toLowerCase()]: value.trim() };
}
