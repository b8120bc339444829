import { choiceAuditFunctions } from './0007-choice-audit-functions.ts';
import { lockChoiceTables } from './lock-choice-tables.ts';

/**
 * Who changed which choice, alias, phase or acceptance, when, and from what to what: written by triggers, whoever writes, in the
 * transaction of the change. Every entry is chained by its hash to the one before it of the same tenant.
 */
export const choiceAudit = String.raw`
${lockChoiceTables('choice_field_state', 'choice_tenant_state', 'choice_acceptance')}
-- How far each tenant's chain has come, and the platform's own (null). Whoever adds to a chain holds its row. No foreign key: a chain
-- outlives its tenant. The space left on its page spares the index.
CREATE TABLE choice_chain (
  tenant_id uuid,
  sequence bigint NOT NULL DEFAULT 0,
  -- Of the latest entry; zeros where there is none.
  hash bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex') CHECK (octet_length(hash) = 32),
  changed_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT choice_chain_key UNIQUE NULLS NOT DISTINCT (tenant_id)
) WITH (fillfactor = 70);

CREATE TABLE choice_change (
  tenant_id uuid,
  -- Counts a chain's entries from 1, without a gap.
  sequence bigint NOT NULL CHECK (sequence > 0),
  changed_at timestamptz(3) NOT NULL,
  -- As the application tells who answers for the change, else who logged in.
  actor text NOT NULL,
  -- As whom it was written, and by which application.
  role text NOT NULL,
  application text NOT NULL,
  request_id text,
  operation text,
  -- Changes that belong together: those of one transaction, if nothing else is said.
  group_id uuid NOT NULL,
  reason text,
  kind text NOT NULL,
  -- The table of a choice's type, or the coordinate of a choice field.
  type text NOT NULL,
  -- The id of a choice, the legacy value of an alias or an acceptance, the coordinate of a field whose phase changed.
  object text NOT NULL,
  action text NOT NULL CHECK (action IN ('insert', 'update', 'delete')),
  before jsonb CHECK (jsonb_typeof(before) = 'object'),
  after jsonb CHECK (jsonb_typeof(after) = 'object'),
  records bigint,
  previous bytea NOT NULL CHECK (octet_length(previous) = 32),
  hash bytea NOT NULL CHECK (octet_length(hash) = 32),
  -- Whose history it belongs to: the choice, or that which an alias stands for; and that which the alias stood for before. Columns, as
  -- row-level security lets no index serve what reads jsonb.
  choice_id uuid GENERATED ALWAYS AS (
    CASE kind WHEN 'choice' THEN object::uuid WHEN 'alias' THEN (after ->> 'choice_id')::uuid END
  ) STORED,
  former_choice_id uuid GENERATED ALWAYS AS (
    CASE WHEN kind = 'alias' AND before ->> 'choice_id' IS DISTINCT FROM after ->> 'choice_id' THEN (before ->> 'choice_id')::uuid END
  ) STORED,
  CONSTRAINT choice_change_key UNIQUE NULLS NOT DISTINCT (tenant_id, sequence)
);
CREATE INDEX choice_change_type_idx ON choice_change (tenant_id, type, sequence);
CREATE INDEX choice_change_choice_idx ON choice_change (tenant_id, choice_id, type, sequence) WHERE choice_id IS NOT NULL;
CREATE INDEX choice_change_former_idx ON choice_change (tenant_id, former_choice_id, type, sequence) WHERE former_choice_id IS NOT NULL;
ALTER TABLE choice_change ENABLE ROW LEVEL SECURITY;
CREATE POLICY choice_change_read ON choice_change FOR SELECT USING (tenant_id = (SELECT current_tenant_id()));

${choiceAuditFunctions}
-- Entries are added by the triggers of what they tell and by nothing else, and never change.
CREATE FUNCTION guard_choice_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP <> 'INSERT' OR pg_trigger_depth() = 1 THEN
    RAISE EXCEPTION 'the audit of choices is written by triggers and never changes: % is refused', TG_OP
      USING ERRCODE = 'insufficient_privilege', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;

-- A chain begins empty, and goes forward with its entries.
CREATE FUNCTION guard_choice_chain() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.sequence = 0 AND NEW.hash = decode(repeat('00', 32), 'hex') THEN
      RETURN NEW;
    END IF;
  ELSIF TG_OP = 'UPDATE' AND pg_trigger_depth() > 1 THEN
    IF NEW.sequence > OLD.sequence AND NEW.tenant_id IS NOT DISTINCT FROM OLD.tenant_id THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION 'the audit of choices is written by triggers and never changes: % is refused', TG_OP
    USING ERRCODE = 'insufficient_privilege', TABLE = TG_TABLE_NAME;
END $$;

-- What follows from a statement on choices is done once for all its rows, and after they were recorded: entries stand in the order of what
-- they tell, and a tenant that gets its choices takes its chain twice, not once per choice.
CREATE OR REPLACE FUNCTION add_own_alias() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  taken text;
BEGIN
  EXECUTE format('INSERT INTO %I.%I (tenant_id, legacy_value, choice_id) SELECT tenant_id, key, id FROM new_rows ORDER BY tenant_id, position, id',
    TG_TABLE_SCHEMA, TG_TABLE_NAME || '_alias');
  RETURN NULL;
EXCEPTION WHEN unique_violation THEN
  EXECUTE format(
    'SELECT choice.key FROM new_rows AS choice JOIN %I.%I AS alias ON alias.tenant_id = choice.tenant_id AND alias.legacy_value = choice.key
     ORDER BY choice.tenant_id, choice.position, choice.id LIMIT 1',
    TG_TABLE_SCHEMA, TG_TABLE_NAME || '_alias') INTO taken;
  RAISE EXCEPTION 'the key "%" is already an alias of another choice', coalesce(taken, (SELECT string_agg(key, '", "') FROM new_rows))
    USING ERRCODE = 'unique_violation', TABLE = TG_TABLE_NAME, COLUMN = 'key';
END $$;

-- A statement that changes no row has its triggers, too.
CREATE OR REPLACE FUNCTION flatten_merges() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM FROM new_rows AS root JOIN old_rows AS was USING (tenant_id, id)
  WHERE root.merged_into_id IS DISTINCT FROM was.merged_into_id AND root.merged_into_id IS NOT NULL;
  IF FOUND THEN
    EXECUTE format(
      'UPDATE %I.%I AS choice SET merged_into_id = root.merged_into_id FROM new_rows AS root JOIN old_rows AS was USING (tenant_id, id)
       WHERE root.merged_into_id IS DISTINCT FROM was.merged_into_id AND root.merged_into_id IS NOT NULL
         AND choice.tenant_id = root.tenant_id AND choice.merged_into_id = root.id',
      TG_TABLE_SCHEMA, TG_TABLE_NAME);
  END IF;
  RETURN NULL;
END $$;

REVOKE EXECUTE ON FUNCTION
  choice_change_payload(choice_change), take_choice_chain(uuid), lock_choice_chain(uuid), append_choice_changes(text, text, jsonb[], jsonb[]),
  take_choice_chains(uuid[]), record_choice_change(), guard_choice_change(), guard_choice_chain() FROM PUBLIC;

-- Has a table recorded. Triggers of a statement run in the order of their names: these come first. arguments: the kind, and the
-- type's table where rows do not name a field.
CREATE PROCEDURE audit_choices(target regclass, VARIADIC arguments text[]) LANGUAGE plpgsql AS $$
DECLARE
  call text := format('FOR EACH STATEMENT EXECUTE FUNCTION record_choice_change(%s)', (
    SELECT string_agg(quote_literal(argument), ', ' ORDER BY place) FROM unnest(arguments) WITH ORDINALITY AS given (argument, place)));
BEGIN
  EXECUTE format('CREATE TRIGGER aaa_audit_insert AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows %s', target, call);
  EXECUTE format('CREATE TRIGGER aaa_audit_update AFTER UPDATE ON %s REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows %s', target, call);
  EXECUTE format('CREATE TRIGGER aaa_audit_delete AFTER DELETE ON %s REFERENCING OLD TABLE AS old_rows %s', target, call);
  EXECUTE format('CREATE TRIGGER aaa_audit_truncate BEFORE TRUNCATE ON %s %s', target, call);
END $$;

-- Has the two tables of a choice type recorded. What is replaced, and not dropped, keeps nobody from reading.
CREATE PROCEDURE audit_choice_type(name text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format(
    'CREATE OR REPLACE TRIGGER add_own_alias AFTER INSERT ON %I REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION add_own_alias()', name);
  EXECUTE format(
    'CREATE OR REPLACE TRIGGER flatten_merges AFTER UPDATE ON %I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION flatten_merges()',
    name);
  CALL audit_choices(name::regclass, 'choice', name);
  CALL audit_choices((name || '_alias')::regclass, 'alias', name);
END $$;

-- Types that are made later are recorded from the beginning.
ALTER PROCEDURE create_choice_type(text, int) RENAME TO create_choice_tables;
CREATE PROCEDURE create_choice_type(name text, key_length int) LANGUAGE plpgsql AS $$
BEGIN
  CALL create_choice_tables(name, key_length);
  CALL audit_choice_type(name);
END $$;

-- What is there already is where the audit begins. Written last, and in portions, as no array holds more than 1 GB. Whoever edits choices,
-- phases or acceptances, makes a tenant or commits a batch of a backfill waits until all of it is there: about half a second per 10,000
-- entries.
DO $$
DECLARE
  portion CONSTANT int := 10000;
  audited record;
  line jsonb;
  come jsonb[];
BEGIN
  PERFORM set_config('choices.change', '{"operation": "db up", "reason": "there when the audit began"}', true), set_config('TimeZone', 'UTC', true);
  FOR audited IN
    SELECT tgrelid::regclass::text AS name FROM pg_trigger WHERE tgname = 'guard_choice' AND NOT tgisinternal ORDER BY 1
  LOOP
    CALL audit_choice_type(audited.name);
  END LOOP;
  CALL audit_choices('choice_field_state', 'phase');
  CALL audit_choices('choice_tenant_state', 'phase');
  CALL audit_choices('choice_acceptance', 'acceptance');
  FOR audited IN
    SELECT tgrelid::regclass AS target, string_to_array(encode(tgargs, 'escape'), '\000') AS arguments
    FROM pg_trigger WHERE tgname = 'aaa_audit_insert' ORDER BY tgrelid
  LOOP
    come := '{}';
    -- In the order of the entries.
    FOR line IN EXECUTE format(
      'SELECT content FROM (SELECT to_jsonb(line) AS content FROM %s AS line) AS lines
       ORDER BY (content ->> ''tenant_id'')::uuid, (content ->> ''field'') COLLATE "C", coalesce(content ->> ''legacy_value'', content ->> ''id'') COLLATE "C"',
      audited.target)
    LOOP
      come := come || line;
      IF cardinality(come) = portion THEN
        PERFORM append_choice_changes(audited.arguments[1], nullif(audited.arguments[2], ''), NULL, come);
        come := '{}';
      END IF;
    END LOOP;
    PERFORM append_choice_changes(audited.arguments[1], nullif(audited.arguments[2], ''), NULL, come);
  END LOOP;
  PERFORM set_config('choices.change', '', true), set_config('choices.change_group', '', true);
END $$;

CREATE TRIGGER guard_choice_change BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON choice_change
  FOR EACH STATEMENT EXECUTE FUNCTION guard_choice_change();
CREATE TRIGGER guard_choice_chain BEFORE INSERT OR UPDATE ON choice_chain FOR EACH ROW EXECUTE FUNCTION guard_choice_chain();
CREATE TRIGGER guard_choice_chain_end BEFORE DELETE OR TRUNCATE ON choice_chain FOR EACH STATEMENT EXECUTE FUNCTION guard_choice_chain();
`;
