/**
 * What silence is told by: which requests came by a version's own path, how long a server lived after it last stored what it
 * recorded, and since when counts are kept. No table is rewritten.
 */
export const usageEvidence = String.raw`
-- Whoever waits for one of these locks makes all others wait: none is waited for longer than 100 ms, by locks a server's heartbeat
-- and its counting can do without for as long.
DO $$
DECLARE
  lock_timeout_before text := current_setting('lock_timeout');
BEGIN
  PERFORM set_config('lock_timeout', '100ms', true);
  FOR attempt IN 1..300 LOOP
    BEGIN
      LOCK TABLE choice_process, usage_collector IN SHARE ROW EXCLUSIVE MODE;
      LOCK TABLE usage_shape IN ACCESS EXCLUSIVE MODE;
      PERFORM set_config('lock_timeout', lock_timeout_before, true);
      RETURN;
    EXCEPTION WHEN lock_not_available THEN
      PERFORM pg_sleep(0.1);
    END;
  END LOOP;
  RAISE EXCEPTION 'usage_shape, usage_collector or choice_process is held by somebody else: try again when it is free'
    USING ERRCODE = 'lock_not_available';
END $$;

-- Whether the request came by the version's own path, /graphql/2026-11, and so goes on working in later versions. Part of what id
-- is the hash of; of what was recorded before it is not known, and counts as not pinned.
ALTER TABLE usage_shape ADD COLUMN pinned boolean NOT NULL DEFAULT false;

-- When a process that recorded, and whose row of choice_process is gone, was last alive: what it recorded after usage_collector.seen_at
-- is lost. In a table of its own, for a flush that hangs holds the row of its collector.
CREATE TABLE usage_collector_end (
  process_id uuid PRIMARY KEY REFERENCES usage_collector (process_id) ON DELETE CASCADE,
  alive_at timestamptz(3) NOT NULL
);

CREATE FUNCTION keep_collector_end() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO public.usage_collector_end AS known (process_id, alive_at)
  SELECT OLD.id, OLD.seen_at FROM public.usage_collector WHERE process_id = OLD.id
  ON CONFLICT (process_id) DO UPDATE SET alive_at = greatest(known.alive_at, excluded.alive_at);
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION keep_collector_end() FROM PUBLIC;
CREATE TRIGGER keep_collector_end AFTER DELETE ON choice_process FOR EACH ROW EXECUTE FUNCTION keep_collector_end();

-- One row: of the time before, counts were deleted. null: none ever were.
CREATE TABLE usage_retention (kept_since timestamptz(3));
CREATE UNIQUE INDEX usage_retention_one ON usage_retention ((true));
INSERT INTO usage_retention DEFAULT VALUES;
`;
