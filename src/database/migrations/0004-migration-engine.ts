/** What the migration engine keeps in the database: whose turn it is, how fast, who follows, who still writes the old way. */
export const migrationEngine = String.raw`
-- One row, made once: by it the API's connection is known to lead to the same database as the owner's.
CREATE TABLE choice_installation (id uuid PRIMARY KEY DEFAULT gen_random_uuid());
INSERT INTO choice_installation DEFAULT VALUES;
ALTER TABLE choice_installation ENABLE ROW LEVEL SECURITY;
CREATE POLICY choice_installation_read ON choice_installation FOR SELECT USING (true);

-- Counts the changes that running servers have to follow. One row, so that whoever reads it sees what was committed with it.
CREATE TABLE choice_revision (revision bigint NOT NULL);
CREATE UNIQUE INDEX choice_revision_one ON choice_revision ((true));
INSERT INTO choice_revision VALUES (1);

ALTER TABLE choice_field_state
  -- Where servers are told to find the legacy string: in its column, or in the archive, naming the column no more.
  ADD COLUMN storage text NOT NULL DEFAULT 'column' CHECK (storage IN ('column', 'archive')),
  -- Since when the triggers are there to record who writes only the legacy column.
  ADD COLUMN expanded_at timestamptz(3) NOT NULL DEFAULT now();

ALTER TABLE choice_tenant_state
  -- Whether somebody asked for the backfill, and where it is: a sweep, the wait for older transactions, the last sweeps.
  ADD COLUMN wanted boolean NOT NULL DEFAULT false,
  ADD COLUMN stage text NOT NULL DEFAULT 'sweep' CHECK (stage IN ('sweep', 'await', 'final')),
  ADD COLUMN requested_by text,
  ADD COLUMN requested_at timestamptz(3),
  -- Rows that lacked their ref when it was asked for, and rows given theirs since.
  ADD COLUMN total bigint NOT NULL DEFAULT 0,
  ADD COLUMN done bigint NOT NULL DEFAULT 0,
  -- Rows updated, and rows passed over because somebody held them, since the pass began.
  ADD COLUMN pass_updated bigint NOT NULL DEFAULT 0,
  ADD COLUMN pass_skipped bigint NOT NULL DEFAULT 0,
  -- Virtual ids of the transactions that the stage await waits for.
  ADD COLUMN awaited text[] NOT NULL DEFAULT '{}',
  ADD COLUMN awaited_since timestamptz(3),
  -- After a failed batch: at most so many rows, not before, and why.
  ADD COLUMN batch_limit integer CHECK (batch_limit > 0),
  ADD COLUMN failures integer NOT NULL DEFAULT 0,
  ADD COLUMN retry_at timestamptz(3),
  ADD COLUMN error text,
  ADD COLUMN paused_by text,
  ADD COLUMN pause_reason text;
CREATE INDEX choice_tenant_state_wanted_idx ON choice_tenant_state (field, tenant_id) WHERE wanted;

-- Servers follow what changes how they read or write; a change of progress is none of theirs. Counted once per statement: the one
-- row would be updated as often as a flip has tenants, each time past all of its versions of before.
CREATE FUNCTION count_revision() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_TABLE_NAME = 'choice_field_state' THEN
    CASE TG_OP
      WHEN 'INSERT' THEN PERFORM FROM new_rows;
      WHEN 'DELETE' THEN PERFORM FROM old_rows;
      ELSE PERFORM field, phase, storage FROM new_rows EXCEPT SELECT field, phase, storage FROM old_rows;
    END CASE;
  ELSE
    CASE TG_OP
      WHEN 'INSERT' THEN PERFORM FROM new_rows WHERE phase = 'preferred';
      WHEN 'DELETE' THEN PERFORM FROM old_rows WHERE phase = 'preferred';
      ELSE PERFORM tenant_id, field, phase = 'preferred' FROM new_rows EXCEPT SELECT tenant_id, field, phase = 'preferred' FROM old_rows;
    END CASE;
  END IF;
  IF FOUND THEN
    UPDATE public.choice_revision SET revision = revision + 1;
    NOTIFY choice_revision;
  END IF;
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION count_revision() FROM PUBLIC;
CREATE TRIGGER count_revision_insert AFTER INSERT ON choice_field_state
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_revision();
CREATE TRIGGER count_revision_update AFTER UPDATE ON choice_field_state
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_revision();
CREATE TRIGGER count_revision_delete AFTER DELETE ON choice_field_state
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION count_revision();
CREATE TRIGGER count_revision_insert AFTER INSERT ON choice_tenant_state
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_revision();
CREATE TRIGGER count_revision_update AFTER UPDATE ON choice_tenant_state
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_revision();
CREATE TRIGGER count_revision_delete AFTER DELETE ON choice_tenant_state
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION count_revision();

-- Rows that no batch could write, one by one, and what the database said.
CREATE TABLE choice_quarantine (
  tenant_id uuid NOT NULL REFERENCES tenant (id),
  field text NOT NULL,
  record_id uuid NOT NULL,
  error text NOT NULL,
  quarantined_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, field, record_id)
);

-- How fast backfills go, and what makes them hold. One row; whoever works reads it before every batch.
CREATE TABLE choice_pace (
  batch_size integer NOT NULL DEFAULT 2000 CHECK (batch_size BETWEEN 1 AND 100000),
  rows_per_second integer CHECK (rows_per_second > 0),
  max_lock_wait_ms integer NOT NULL DEFAULT 500 CHECK (max_lock_wait_ms > 0),
  max_replication_lag_bytes bigint NOT NULL DEFAULT 67108864 CHECK (max_replication_lag_bytes > 0),
  max_write_ms integer NOT NULL DEFAULT 250 CHECK (max_write_ms > 0)
);
CREATE UNIQUE INDEX choice_pace_one ON choice_pace ((true));
INSERT INTO choice_pace DEFAULT VALUES;

-- Servers and workers that run now. Whoever's backend is gone is gone too.
CREATE TABLE choice_process (
  id uuid PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('server', 'worker')),
  name text NOT NULL,
  host text NOT NULL,
  pid integer NOT NULL,
  backend_pid integer NOT NULL,
  backend_start timestamptz NOT NULL,
  started_at timestamptz(3) NOT NULL DEFAULT now(),
  seen_at timestamptz(3) NOT NULL DEFAULT now(),
  -- The revision since which no request of the process works by an older one.
  acknowledged bigint NOT NULL DEFAULT 0,
  -- Servers: how long the slowest twentieth of the latest writes took. Workers: what they are at, and why they hold.
  write_ms real,
  activity text
);

-- Who wrote only the legacy column. Rows are only ever added, so that no writer waits for another; old ones are pruned.
CREATE TABLE choice_legacy_writer (
  field text NOT NULL,
  role text NOT NULL,
  application text NOT NULL,
  seen_at timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX choice_legacy_writer_idx ON choice_legacy_writer (field, role, application, seen_at);

-- The strings that a ref's key cannot restore, once their column is gone. A string counts while the row's ref is the one here.
CREATE TABLE choice_archive (
  tenant_id uuid NOT NULL REFERENCES tenant (id),
  field text NOT NULL,
  record_id uuid NOT NULL,
  legacy_value text COLLATE "C",
  ref uuid,
  PRIMARY KEY (tenant_id, field, record_id)
);
CREATE INDEX choice_archive_value_idx ON choice_archive (tenant_id, field, legacy_value, record_id);
-- Strings without a choice: what a backfill that comes after a new alias looks at.
CREATE INDEX choice_archive_unset_idx ON choice_archive (tenant_id, field, record_id) WHERE ref IS NULL AND legacy_value <> '';
CALL isolate_tenants('choice_archive');

-- What the latest recorded verification found.
CREATE TABLE choice_verification (
  tenant_id uuid NOT NULL REFERENCES tenant (id),
  field text NOT NULL,
  verified_at timestamptz(3) NOT NULL DEFAULT now(),
  -- The report's figures and the findings per code.
  figures jsonb NOT NULL,
  findings jsonb NOT NULL,
  PRIMARY KEY (tenant_id, field)
);

-- Long steps that somebody asked for through the API.
CREATE TABLE choice_run (
  id uuid PRIMARY KEY DEFAULT uuid_v7(),
  step text NOT NULL,
  fields text[] NOT NULL,
  -- What else the step was asked for with, such as the phase that a rollback goes to.
  options jsonb NOT NULL DEFAULT '{}',
  -- null: every tenant. Otherwise the tenants whose operators may see it.
  tenant_ids uuid[],
  requested_by text NOT NULL,
  requested_at timestamptz(3) NOT NULL DEFAULT now(),
  reason text,
  -- The server that carries it out. One whose server is gone is taken over by another: every step can be done again.
  process_id uuid NOT NULL,
  finished_at timestamptz(3),
  status text NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'succeeded', 'blocked', 'failed')),
  result jsonb,
  error text
);
`;
