import { quoteLiteral } from '../identifier.ts';

/** SQL text that holds every table of choices and aliases, and control tables beside them, for a migration that adds triggers to them. */
export function lockChoiceTables(...control: readonly string[]): string {
  return String.raw`-- Triggers are added to tables that are written to: whoever edits choices meanwhile is waited for, but never for longer than 100 ms at a
-- time, as all others who edit choices wait then. Records are read and written all along.
DO $$
DECLARE
  lock_timeout_before text := current_setting('lock_timeout');
  tables text := concat_ws(', ', nullif(${quoteLiteral(control.join(', '))}, ''), (
    SELECT string_agg(format('%1$s, %2$s', tgrelid::regclass, (tgrelid::regclass || '_alias')::regclass), ', ' ORDER BY tgrelid)
    FROM pg_trigger WHERE tgname = 'guard_choice' AND NOT tgisinternal));
BEGIN
  PERFORM set_config('lock_timeout', '100ms', true);
  FOR attempt IN 1..300 LOOP
    BEGIN
      EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', tables);
      PERFORM set_config('lock_timeout', lock_timeout_before, true);
      RETURN;
    EXCEPTION WHEN lock_not_available THEN
      PERFORM pg_sleep(0.1);
    END;
  END LOOP;
  RAISE EXCEPTION 'choices or phases are being edited by somebody else: try again when they are not' USING ERRCODE = 'lock_not_available';
END $$;`;
}
