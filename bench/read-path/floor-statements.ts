import type { ChoiceMember, Operation, PageOperation } from './operations.ts';

/** A statement as a floor sends it: prepared once by connection, under a name. */
export interface FloorStatement {
  readonly name: string;
  readonly text: string;
}

/** The columns of a choice field: of the legacy string, of the ref, and the table that the ref is to. */
export const CHOICE_COLUMNS: Readonly<Record<ChoiceMember, { readonly legacy: string; readonly ref: string; readonly table: string }>> = {
  industry: { legacy: 'industry', ref: 'industry_id', table: 'industry' },
  leadSource: { legacy: 'lead_source', ref: 'lead_source_id', table: 'lead_source' },
  status: { legacy: 'status', ref: 'status_id', table: 'lead_status' },
  marketingChannel: { legacy: 'marketing_channel', ref: 'marketing_channel_id', table: 'marketing_channel' },
};

/** Where the choices stand in a row of flat values: before them come id, first name and last name; each takes two. */
export const FIRST_CHOICE = 3;

/** Answers one value: the whole response as text. */
export function jsonStatement(operation: Operation): FloorStatement {
  return { name: operation.name, text: operation.kind === 'page' ? jsonPage(operation) : JSON_UPDATE };
}

/** Answers rows as arrays; of a choice, its string and the ref's id. */
export function rowsStatement(operation: PageOperation): FloorStatement {
  const columns = operation.choices.flatMap((choice) => [CHOICE_COLUMNS[choice].legacy, CHOICE_COLUMNS[choice].ref]);
  return { name: operation.name, text: pageOf(operation, ['id', 'first_name', 'last_name', ...columns]) };
}

/** What the parameters of both stand for: $1 tenant and then, where there is one, $2 what the page is narrowed by; $3 size. */
export function pageValues(operation: PageOperation, tenantId: string): readonly (string | number)[] {
  if (operation.industryId !== undefined) return [tenantId, operation.industryId, operation.first];
  return operation.after === undefined ? [tenantId] : [tenantId, operation.after];
}

/**
 * With a size that it knows, PostgreSQL plans the statement once, else anew every time: that would cost a third more. Of one
 * industry it is the other way about: it walks the index in order only while it does not know where to end.
 */
function pageOf(operation: PageOperation, columns: readonly string[]): string {
  const [narrowed, size] =
    operation.industryId !== undefined
      ? [' AND industry_id = $2', '$3']
      : [operation.after === undefined ? '' : ' AND id > $2', operation.first];
  return `SELECT ${columns.join(', ')} FROM lead WHERE tenant_id = $1${narrowed} ORDER BY id LIMIT ${size}`;
}

function jsonPage(operation: PageOperation): string {
  const columns = operation.choices.map((choice) => CHOICE_COLUMNS[choice]);
  const page = pageOf(operation, ['id', 'first_name', 'last_name', ...columns.flatMap(({ legacy, ref }) => [legacy, ref])]);
  const members = operation.choices.map((choice, at) => {
    const { legacy } = CHOICE_COLUMNS[choice];
    return `'${choice}', page.${legacy}, '${choice}Ref', CASE WHEN choice_${at}.id IS NOT NULL THEN json_build_object('id', choice_${at}.id, 'label', choice_${at}.label) END`;
  });
  const joins = columns.map(
    ({ ref, table }, at) => `LEFT JOIN ${table} AS choice_${at} ON choice_${at}.tenant_id = $1 AND choice_${at}.id = page.${ref}`,
  );
  const node = `json_build_object('id', page.id, 'firstName', page.first_name, 'lastName', page.last_name, ${members.join(', ')})`;
  return `
    SELECT json_build_object('data', json_build_object('leads', json_build_object('nodes', coalesce(json_agg(${node} ORDER BY page.id), '[]'))))::text
    FROM (${page}) AS page ${joins.join(' ')}`;
}

/** $1 tenant, $2 lead, $3 company, $4 industry. */
const JSON_UPDATE = `
  WITH changed AS (
    UPDATE lead SET company = $3, industry_id = $4, version = version + 1, updated_at = now() WHERE tenant_id = $1 AND id = $2
    RETURNING id, company, industry_id
  )
  SELECT json_build_object('data', json_build_object('updateLead', json_build_object('lead', json_build_object(
    'id', changed.id, 'company', changed.company, 'industryRef', json_build_object('id', choice.id, 'label', choice.label)))))::text
  FROM changed JOIN industry AS choice ON choice.tenant_id = $1 AND choice.id = changed.industry_id`;
