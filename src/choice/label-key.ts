/** Unicode's Default_Ignorable_Code_Point: what takes no room on a screen. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;

/**
 * Two labels with the same key look the same: NFKC, without invisible characters, trimmed, case folded.
 * The same rule as the database's `choice_label_key`; a test holds them together.
 */
export function labelKey(label: string): string {
  return label.normalize('NFKC').replace(INVISIBLE, '').trim().toUpperCase().toLowerCase().normalize('NFKC');
}
