const LONGEST = 100;

/** What a client sent, for an error that repeats it: enough to recognise it, never a length that the client chose. */
export function excerpt(text: string): string {
  // Characters beyond 16 bits are two units long: first a slice that is surely enough, then whole characters.
  const characters = [...text.slice(0, 2 * LONGEST + 2)];
  return characters.length > LONGEST ? `${characters.slice(0, LONGEST).join('')}…` : text;
}
