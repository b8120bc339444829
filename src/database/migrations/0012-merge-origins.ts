/** Whose records were when they were noted with a merge. */
export const mergeOrigins = String.raw`
-- The choice that the record's string named then; null: noted before there was this column.
ALTER TABLE choice_merge_row ADD COLUMN origin_id uuid;

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
