import type { KnownColumn } from '../../csv/match-header.ts';
import { type ChoiceType, type ExtraColumn, snakeCase } from '../choice-field.ts';
import {
  booleanFormat,
  integerFormat,
  listFormat,
  numberFormat,
  requiredTextFormat,
  type SheetFormat,
  type SheetValue,
  textFormat,
} from './sheet-format.ts';
import type { SheetChoice } from './sheet-choice.ts';

/** A column of a sheet of choices. */
export interface SheetColumn extends KnownColumn {
  readonly format: SheetFormat;
  /** The property of the type's own that it holds; null of a column that every type has. */
  readonly extra: string | null;
  /** What the sheet says of a choice. */
  valueOf(choice: SheetChoice): SheetValue;
}

const FORMATS: Readonly<Record<ExtraColumn['type'], SheetFormat>> = {
  text: textFormat,
  integer: integerFormat,
  numeric: numberFormat,
  boolean: booleanFormat,
};

/** The columns of a type's sheet, in order: those that every choice has, with the type's own among them. */
export function listSheetColumns(type: ChoiceType): readonly SheetColumn[] {
  return [
    { ...common('key', requiredTextFormat, (choice) => choice.key), required: true },
    common('label', requiredTextFormat, (choice) => choice.label),
    common('position', integerFormat, (choice) => choice.position),
    common('active', booleanFormat, (choice) => choice.active),
    ...Object.entries(type.extra).map(([property, { type: kind }]): SheetColumn => ({
      name: snakeCase(property),
      required: false,
      format: FORMATS[kind],
      extra: property,
      valueOf: (choice) => choice[property] as SheetValue,
    })),
    common('aliases', listFormat, (choice) => choice.aliases),
    common('merged_into', textFormat, (choice) => choice.mergedInto),
  ];
}

function common(name: string, format: SheetFormat, valueOf: SheetColumn['valueOf']): SheetColumn {
  return { name, required: false, format, extra: null, valueOf };
}
