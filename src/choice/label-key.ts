/** What takes no room on a screen: Unicode's Default_Ignorable_Code_Point, and control characters that are no white space. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}|(?![\t-\r\x85])\p{Control}/gu;
/** The white space that NFKC leaves. */
const SURROUNDING_SPACE = /^[\t-\r \x85\u1680\u2028\u2029]+|[\t-\r \x85\u1680\u2028\u2029]+$/g;

/**
 * Two labels with the same key look the same: NFKC, without invisible characters, trimmed, case folded.
 * The same rule as the database's `choice_label_key`; a test holds them together. They may differ on letters
 * that one side's Unicode is too old to know.
 */
export function labelKey(label: string): string {
  return label.normalize('NFKC').replace(INVISIBLE, '').replace(SURROUNDING_SPACE, '').toUpperCase().toLowerCase().normalize('NFKC');
}
