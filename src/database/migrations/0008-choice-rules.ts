import { lockChoiceTables } from './lock-choice-tables.ts';

/**
 * What the database holds of the rules for editing choices, whoever edits them, and the choices that new records of a tenant take.
 * Each rule raises with a constraint's name of its own, by which the service knows it.
 */
export const choiceRules = String.raw`
${lockChoiceTables()}

-- What a new record of a tenant takes where it names no choice of a field. Without a row: the legacy column's default.
CREATE TABLE choice_default (
  tenant_id uuid NOT NULL REFERENCES tenant (id),
  field text NOT NULL,
  choice_id uuid NOT NULL,
  PRIMARY KEY (tenant_id, field)
);
CREATE INDEX choice_default_choice_idx ON choice_default (tenant_id, choice_id);
CALL isolate_tenants('choice_default');
CALL audit_choices('choice_default', 'default');

-- Where records point at choices: the foreign keys of the fields that are expanded, by the names that follow from a field's
-- coordinate. legacy: the column of their strings; null where it is gone. required: whether that column says that a record needs a choice.
CREATE FUNCTION list_choice_references()
RETURNS TABLE (field text, choices regclass, records regclass, ref name, legacy name, required boolean)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT state.field, reference.confrelid::regclass, reference.conrelid::regclass, ref.attname, legacy.attname, coalesce(legacy.attnotnull, false)
  FROM public.choice_field_state AS state
  CROSS JOIN LATERAL (
    SELECT string_to_array(lower(regexp_replace(state.field, '([a-z0-9])([A-Z])', '\1_\2', 'g')), '.') AS part
  ) AS named
  JOIN pg_constraint AS reference
    ON reference.contype = 'f' AND reference.conrelid = to_regclass(format('public.%I', part[1])) AND cardinality(reference.conkey) = 2
  JOIN pg_attribute AS ref
    ON ref.attrelid = reference.conrelid AND ref.attnum = ANY (reference.conkey) AND ref.attname = part[2] || '_id'
  LEFT JOIN pg_attribute AS legacy ON legacy.attrelid = reference.conrelid AND legacy.attname = part[2] AND NOT legacy.attisdropped
$$;

-- Whether a record answers a choice: by its ref or, where strings still decide, by a string that is an alias of the choice.
CREATE FUNCTION is_choice_used(choice_table regclass, tenant uuid, choice uuid) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  reference record;
  used boolean;
BEGIN
  FOR reference IN
    SELECT place.*, state.storage = 'archive' OR state.phase = 'contracted' OR part.phase IS NOT DISTINCT FROM 'preferred' AS by_ref_alone
    FROM public.list_choice_references() AS place
    JOIN public.choice_field_state AS state USING (field)
    LEFT JOIN public.choice_tenant_state AS part ON part.field = place.field AND part.tenant_id = tenant
    WHERE place.choices = choice_table
  LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE tenant_id = $1 AND %I = $2)', reference.records, reference.ref) INTO used USING tenant, choice;
    IF NOT used AND reference.legacy IS NOT NULL AND NOT reference.by_ref_alone THEN
      EXECUTE format(
        'SELECT EXISTS (SELECT FROM %s WHERE tenant_id = $1 AND %I IS NULL AND %I = ANY (ARRAY(
           SELECT legacy_value FROM %s WHERE tenant_id = $1 AND choice_id = $2)))',
        reference.records, reference.ref, reference.legacy, (choice_table || '_alias')::regclass) INTO used USING tenant, choice;
    END IF;
    IF used THEN
      RETURN true;
    END IF;
  END LOOP;
  RETURN false;
END $$;

-- Fired after guard_choice, whose name sorts first: merged_into_id is the root, and the root is held.
CREATE FUNCTION guard_choice_rules() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  leaving text;
  found_one boolean;
BEGIN
  -- Control characters, and those that change the direction of the text after them (Unicode's Cc and Bidi_Control). Labels from before stay.
  IF NEW.label IS DISTINCT FROM OLD.label
    AND NEW.label COLLATE "C" ~ '[\u0001-\u001F\u007F-\u009F\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]' THEN
    RAISE EXCEPTION 'the label of the choice "%" has a control character, or one that changes the direction of text', NEW.key
      USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, COLUMN = 'label', CONSTRAINT = 'choice_label_characters';
  END IF;

  IF NEW.system <> coalesce(OLD.system, false)
    AND NOT pg_has_role(coalesce(nullif(current_setting('role'), 'none'), session_user)::name, current_user, 'MEMBER') THEN
    RAISE EXCEPTION 'whether the choice "%" is one of the system''s is the owner''s to say', NEW.key
      USING ERRCODE = 'insufficient_privilege', TABLE = TG_TABLE_NAME, COLUMN = 'system', CONSTRAINT = 'choice_system';
  END IF;

  IF NEW.merged_into_id IS NOT NULL AND NEW.merged_into_id IS DISTINCT FROM OLD.merged_into_id THEN
    EXECUTE format('SELECT deleted_at IS NOT NULL FROM %I.%I WHERE tenant_id = $1 AND id = $2', TG_TABLE_SCHEMA, TG_TABLE_NAME)
      INTO found_one USING NEW.tenant_id, NEW.merged_into_id;
    IF found_one THEN
      RAISE EXCEPTION 'the choice "%" cannot be merged into one that was deleted', NEW.key
        USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, COLUMN = 'merged_into_id', CONSTRAINT = 'choice_merged';
    END IF;
  END IF;
  IF NEW.merged_into_id IS NOT NULL AND NEW.deleted_at IS NOT NULL AND (OLD.merged_into_id IS NULL OR OLD.deleted_at IS NULL) THEN
    RAISE EXCEPTION 'the choice "%" cannot be both merged and deleted', NEW.key
      USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, COLUMN = 'deleted_at', CONSTRAINT = 'choice_merged';
  END IF;

  leaving := CASE
    WHEN TG_OP = 'INSERT' THEN NULL
    WHEN NEW.deleted_at IS NOT NULL AND OLD.deleted_at IS NULL THEN 'deleted_at'
    WHEN NEW.merged_into_id IS NOT NULL AND OLD.merged_into_id IS NULL THEN 'merged_into_id'
    WHEN OLD.active AND NOT NEW.active THEN 'active'
  END;
  IF leaving IS NULL THEN
    RETURN NEW;
  END IF;

  IF OLD.system AND NEW.system THEN
    RAISE EXCEPTION 'the choice "%" is one of the system''s: it can be neither deleted nor deactivated nor merged away', NEW.key
      USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, COLUMN = leaving, CONSTRAINT = 'choice_system';
  END IF;

  -- A default goes along with a merge.
  IF leaving = 'merged_into_id' THEN
    UPDATE public.choice_default SET choice_id = NEW.merged_into_id WHERE tenant_id = NEW.tenant_id AND choice_id = NEW.id;
    RETURN NEW;
  END IF;
  IF EXISTS (SELECT FROM public.choice_default WHERE tenant_id = NEW.tenant_id AND choice_id = NEW.id) THEN
    RAISE EXCEPTION 'the choice "%" is a default: name another one first', NEW.key
      USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, COLUMN = leaving, CONSTRAINT = 'choice_default';
  END IF;
  IF leaving = 'active' THEN
    RETURN NEW;
  END IF;

  -- Whoever refers to it at this moment is waited for, and seen by the statements that follow.
  EXECUTE format('SELECT true FROM %I.%I WHERE tenant_id = $1 AND id = $2 FOR UPDATE', TG_TABLE_SCHEMA, TG_TABLE_NAME)
    INTO found_one USING NEW.tenant_id, NEW.id;
  EXECUTE format('SELECT EXISTS (SELECT FROM %I.%I WHERE tenant_id = $1 AND merged_into_id = $2)', TG_TABLE_SCHEMA, TG_TABLE_NAME)
    INTO found_one USING NEW.tenant_id, NEW.id;
  IF found_one OR public.is_choice_used(TG_RELID, NEW.tenant_id, NEW.id) THEN
    RAISE EXCEPTION 'the choice "%" is in use and cannot be deleted', NEW.key
      USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, COLUMN = 'deleted_at', CONSTRAINT = 'choice_in_use';
  END IF;
  RETURN NEW;
END $$;

-- Triggers of a statement run in the order of their names: the audit's has taken the tenants' chains by now, so writers take turns here.
CREATE FUNCTION limit_choices() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  most CONSTANT int := 1000;
  full_tenant uuid;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    PERFORM FROM new_rows AS is_now JOIN old_rows AS was USING (tenant_id, id) WHERE is_now.deleted_at IS NULL AND was.deleted_at IS NOT NULL;
    IF NOT FOUND THEN
      RETURN NULL;
    END IF;
  END IF;
  EXECUTE format(
    'SELECT tenant_id FROM %I.%I WHERE tenant_id IN (SELECT tenant_id FROM new_rows) AND deleted_at IS NULL GROUP BY tenant_id HAVING count(*) > $1 LIMIT 1',
    TG_TABLE_SCHEMA, TG_TABLE_NAME) INTO full_tenant USING most;
  IF full_tenant IS NOT NULL THEN
    RAISE EXCEPTION 'a tenant has at most % choices of a type', most
      USING ERRCODE = 'program_limit_exceeded', TABLE = TG_TABLE_NAME, CONSTRAINT = 'choice_limit';
  END IF;
  RETURN NULL;
END $$;

-- A record of a required field has to find one to choose. As with the limit, writers take turns by now.
CREATE FUNCTION keep_active_choices() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  left_tenant uuid;
BEGIN
  PERFORM FROM old_rows AS was JOIN new_rows AS is_now USING (tenant_id, id)
  WHERE was.active AND was.merged_into_id IS NULL AND was.deleted_at IS NULL
    AND NOT (is_now.active AND is_now.merged_into_id IS NULL AND is_now.deleted_at IS NULL);
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  PERFORM FROM public.list_choice_references() WHERE choices = TG_RELID AND required;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  EXECUTE format(
    'SELECT tenant_id FROM (SELECT DISTINCT tenant_id FROM new_rows) AS edited
     WHERE NOT EXISTS (
       SELECT FROM %I.%I AS choice
       WHERE choice.tenant_id = edited.tenant_id AND choice.active AND choice.merged_into_id IS NULL AND choice.deleted_at IS NULL)
     LIMIT 1',
    TG_TABLE_SCHEMA, TG_TABLE_NAME) INTO left_tenant;
  IF left_tenant IS NOT NULL THEN
    RAISE EXCEPTION 'a field that has to have a choice would have none to choose: activate another one first'
      USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, COLUMN = 'active', CONSTRAINT = 'choice_last_active';
  END IF;
  RETURN NULL;
END $$;

-- A default is a choice that a record may newly choose. It is held: nobody deactivates it at this moment.
CREATE FUNCTION guard_choice_default() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  choice_table regclass := (SELECT choices FROM public.list_choice_references() WHERE field = NEW.field);
  selectable boolean;
BEGIN
  IF choice_table IS NOT NULL THEN
    EXECUTE format('SELECT active AND merged_into_id IS NULL AND deleted_at IS NULL FROM %s WHERE tenant_id = $1 AND id = $2 FOR SHARE', choice_table)
      INTO selectable USING NEW.tenant_id, NEW.choice_id;
  END IF;
  IF selectable IS NOT TRUE THEN
    RAISE EXCEPTION 'the default of % has to be an active choice of its type', NEW.field
      USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, COLUMN = 'choice_id', CONSTRAINT = 'choice_default';
  END IF;
  RETURN NEW;
END $$;

REVOKE EXECUTE ON FUNCTION
  list_choice_references(), is_choice_used(regclass, uuid, uuid), guard_choice_rules(), limit_choices(), keep_active_choices(),
  guard_choice_default() FROM PUBLIC;

CREATE TRIGGER guard_choice_default BEFORE INSERT OR UPDATE ON choice_default FOR EACH ROW EXECUTE FUNCTION guard_choice_default();

CREATE PROCEDURE guard_choice_type(name text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TRIGGER guard_choice_rules BEFORE INSERT OR UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION guard_choice_rules()', name);
  EXECUTE format('CREATE TRIGGER limit_choices_insert AFTER INSERT ON %I REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION limit_choices()', name);
  EXECUTE format(
    'CREATE TRIGGER limit_choices_update AFTER UPDATE ON %I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION limit_choices()',
    name);
  EXECUTE format(
    'CREATE TRIGGER keep_active_choices AFTER UPDATE ON %I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION keep_active_choices()',
    name);
END $$;

-- Types that are made later are guarded from the beginning.
CREATE OR REPLACE PROCEDURE create_choice_type(name text, key_length int) LANGUAGE plpgsql AS $$
BEGIN
  CALL create_choice_tables(name, key_length);
  CALL audit_choice_type(name);
  CALL guard_choice_type(name);
END $$;

DO $$
DECLARE
  guarded record;
BEGIN
  FOR guarded IN SELECT tgrelid::regclass::text AS name FROM pg_trigger WHERE tgname = 'guard_choice' AND NOT tgisinternal ORDER BY 1 LOOP
    CALL guard_choice_type(guarded.name);
  END LOOP;
END $$;
`;
