import { qualify, quoteLiteral } from '../../database/identifier.ts';
import type { ChoiceField } from '../choice-field.ts';
import { keyExpression } from './legacy-value.ts';

/** SQL texts that name one record: its tenant, its id, and its ref. */
export interface RecordNames {
  readonly tenant: string;
  readonly id: string;
  readonly ref: string;
}

/** PL/pgSQL that leaves the archive as the string `value` needs it: a row where the ref alone does not restore it, else none. */
export function keepString(field: ChoiceField, record: RecordNames, value: string): string {
  return `
  IF ${value} IS NOT DISTINCT FROM ${keyExpression(field, record.tenant, record.ref)} THEN
    ${forgetString(field, record)}
  ELSE
    INSERT INTO ${qualify('choice_archive')} AS archive (tenant_id, field, record_id, legacy_value, ref)
    VALUES (${record.tenant}, ${quoteLiteral(field.coordinate)}, ${record.id}, ${value}, ${record.ref})
    ON CONFLICT (tenant_id, field, record_id) DO UPDATE SET legacy_value = excluded.legacy_value, ref = excluded.ref
    WHERE (archive.legacy_value, archive.ref) IS DISTINCT FROM (excluded.legacy_value, excluded.ref);
  END IF;`;
}

/** PL/pgSQL that leaves no row of a record in the archive. */
export function forgetString(field: ChoiceField, { tenant, id }: Pick<RecordNames, 'tenant' | 'id'>): string {
  return `DELETE FROM ${qualify('choice_archive')} AS archive WHERE archive.tenant_id = ${tenant} AND archive.field = ${quoteLiteral(field.coordinate)} AND archive.record_id = ${id};`;
}
