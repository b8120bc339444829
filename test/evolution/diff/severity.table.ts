import { abstractTypeRows } from './severity/abstract-type-rows.ts';
import { argumentRows } from './severity/argument-rows.ts';
import { defaultRows } from './severity/default-rows.ts';
import { directiveRows } from './severity/directive-rows.ts';
import { enumRows } from './severity/enum-rows.ts';
import { inputFieldRows } from './severity/input-field-rows.ts';
import { noteRows } from './severity/note-rows.ts';
import { outputRows } from './severity/output-rows.ts';
import type { SeverityRow } from './severity/severity-row.ts';
import { typeRows } from './severity/type-rows.ts';

/** Changes of a schema, each with its severity, and where graphql-js and GraphQL Inspector say something else. */
export const severityTable: readonly SeverityRow[] = [
  ...argumentRows,
  ...defaultRows,
  ...inputFieldRows,
  ...enumRows,
  ...outputRows,
  ...abstractTypeRows,
  ...typeRows,
  ...directiveRows,
  ...noteRows,
];
