/** Whose records were when they were noted with a merge. */
export const mergeOrigins = String.raw`
-- The choice that the record's string named then; null: noted by a server that does not know this column.
ALTER TABLE choice_merge_row ADD COLUMN origin_id uuid;

-- Of what was noted before: the first choice on the way along which the record was noted.
WITH RECURSIVE way AS (
  SELECT noted.tenant_id, noted.field, noted.record_id, noted.merge_id, merge.loser_id AS choice_id, 1 AS depth
  FROM choice_merge_row AS noted JOIN choice_merge AS merge ON merge.tenant_id = noted.tenant_id AND merge.id = noted.merge_id
  UNION ALL
  SELECT way.tenant_id, way.field, way.record_id, way.merge_id, earlier.loser_id, way.depth + 1
  FROM way JOIN choice_merge AS earlier ON earlier.tenant_id = way.tenant_id AND earlier.survivor_id = way.choice_id AND earlier.undone_at IS NULL
  JOIN choice_merge_row AS noted
    ON noted.tenant_id = way.tenant_id AND noted.merge_id = earlier.id AND noted.field = way.field AND noted.record_id = way.record_id
),
first AS (
  SELECT DISTINCT ON (tenant_id, merge_id, field, record_id) tenant_id, merge_id, field, record_id, choice_id
  FROM way ORDER BY tenant_id, merge_id, field, record_id, depth DESC
)
UPDATE choice_merge_row AS noted SET origin_id = first.choice_id FROM first
WHERE (noted.tenant_id, noted.merge_id, noted.field, noted.record_id) = (first.tenant_id, first.merge_id, first.field, first.record_id);

-- They have to come before the triggers that keep the archive.
DO $$
DECLARE
  found record;
BEGIN
  FOR found IN
    SELECT tgname AS name, tgrelid::regclass AS relation FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
    WHERE NOT tgisinternal AND tgname = proname || '_update' AND proname LIKE 'note\_%' AND prosrc LIKE '%choice_merge_row%'
  LOOP
    EXECUTE format('ALTER TRIGGER %I ON %s RENAME TO %I', found.name, found.relation, 'aa_' || found.name);
  END LOOP;
END $$;
`;
