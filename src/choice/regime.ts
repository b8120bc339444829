/**
 * How the database keeps the legacy strings of a field:
 * - `column`: in the legacy column;
 * - `window`: in the column, with the archive kept in step: before the column goes, and after it is filled again;
 * - `restore`: the archive is what counts; the column is there again and is being filled;
 * - `archive`: in the archive and the choices' keys; there is no column.
 */
export type Regime = 'column' | 'window' | 'restore' | 'archive';
