/** Where the legacy strings of a field are kept: in the legacy column, or – once that is gone – in the archive and the choices' keys. */
export type LegacyStorage = 'column' | 'archive';
