/** What every choice type and every choice field shares: the shape of choice and alias tables, and the control tables. */
export const choiceEngine = String.raw`
-- Two labels are the same if this key is: NFKC, without invisible characters, trimmed, case folded.
-- Invisible: Unicode's Default_Ignorable_Code_Point, and control characters that are no white space.
-- lower(upper(x)) folds as full case folding does for all but a few letters; casefold() exists only from 18 on.
-- Listed characters and the ICU collation make the result independent of the database's locale, and so immutable.
CREATE FUNCTION choice_label_key(label text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN normalize(
    lower(upper(
      regexp_replace(
        regexp_replace(
          normalize(label, NFKC) COLLATE "C",
          '[\u0001-\u0008\u000E-\u001F\u007F-\u0084\u0086-\u009F\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B-\u200F\u202A-\u202E\u2060-\u206F\u3164\uFE00-\uFE0F\uFEFF\uFFA0\uFFF0-\uFFF8\U0001BCA0-\U0001BCA3\U0001D173-\U0001D17A\U000E0000-\U000E0FFF]',
          '', 'g'),
        '^[\u0009-\u000D\u0020\u0085\u1680\u2028\u2029]+|[\u0009-\u000D\u0020\u0085\u1680\u2028\u2029]+$', '', 'g')
    COLLATE "und-x-icu") COLLATE "und-x-icu"),
  NFKC);

-- A key is for ever, and a merged choice always points at the root of its merges.
CREATE FUNCTION guard_choice() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  target uuid := NEW.merged_into_id;
  root uuid;
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.key, NEW.id, NEW.tenant_id) IS DISTINCT FROM (OLD.key, OLD.id, OLD.tenant_id) THEN
    RAISE EXCEPTION 'the key of a choice never changes: "%" cannot become "%"', OLD.key, NEW.key
      USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, COLUMN = 'key';
  END IF;
  IF NEW.merged_into_id IS NOT NULL THEN
    -- The root is locked too: somebody who merges it away at this moment waits, and then finds this choice to take along.
    LOOP
      EXECUTE format('SELECT coalesce(merged_into_id, id) FROM %I.%I WHERE tenant_id = $1 AND id = $2 FOR UPDATE', TG_TABLE_SCHEMA, TG_TABLE_NAME)
        INTO root USING NEW.tenant_id, target;
      IF NEW.id IN (target, root) THEN
        RAISE EXCEPTION 'the choice "%" cannot be merged into itself', NEW.key
          USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, COLUMN = 'merged_into_id';
      END IF;
      -- A choice that is not there is the foreign key's business.
      EXIT WHEN root IS NULL OR root = target;
      target := root;
    END LOOP;
    NEW.merged_into_id := target;
  END IF;
  RETURN NEW;
END $$;

-- Choices that were merged into this one follow it.
CREATE FUNCTION flatten_merges() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('UPDATE %I.%I SET merged_into_id = $1 WHERE tenant_id = $2 AND merged_into_id = $3', TG_TABLE_SCHEMA, TG_TABLE_NAME)
    USING NEW.merged_into_id, NEW.tenant_id, NEW.id;
  RETURN NULL;
END $$;

-- A choice's own key is always one of its aliases.
CREATE FUNCTION add_own_alias() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('INSERT INTO %I.%I (tenant_id, legacy_value, choice_id) VALUES ($1, $2, $3)', TG_TABLE_SCHEMA, TG_TABLE_NAME || '_alias')
    USING NEW.tenant_id, NEW.key, NEW.id;
  RETURN NULL;
EXCEPTION WHEN unique_violation THEN
  RAISE EXCEPTION 'the key "%" is already an alias of another choice', NEW.key
    USING ERRCODE = 'unique_violation', TABLE = TG_TABLE_NAME, COLUMN = 'key';
END $$;

CREATE FUNCTION guard_own_alias() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  own boolean;
BEGIN
  IF TG_OP = 'UPDATE' AND NEW = OLD THEN
    RETURN NEW;
  END IF;
  EXECUTE format('SELECT EXISTS (SELECT FROM %I.%I WHERE tenant_id = $1 AND id = $2 AND key = $3)', TG_TABLE_SCHEMA, TG_ARGV[0])
    INTO own USING OLD.tenant_id, OLD.choice_id, OLD.legacy_value;
  IF own THEN
    RAISE EXCEPTION 'the alias "%" is the key of its choice and stays with it', OLD.legacy_value
      USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, COLUMN = 'legacy_value';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

-- Whoever may execute a trigger function may hang it on a table of their own: these would run there with the owner's rights.
REVOKE EXECUTE ON FUNCTION guard_choice(), flatten_merges(), add_own_alias(), guard_own_alias() FROM PUBLIC;

-- Creates the two tables of a choice type. key_length: that of the shortest legacy column that uses the type.
CREATE PROCEDURE create_choice_type(name text, key_length int) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format($sql$
    CREATE TABLE %1$I (
      tenant_id uuid NOT NULL REFERENCES tenant (id),
      id uuid NOT NULL DEFAULT uuid_v7(),
      key varchar(%2$s) NOT NULL CHECK (key COLLATE "C" ~ '^[a-z][a-z0-9_]*$'),
      label varchar(200) NOT NULL CHECK (choice_label_key(label) <> ''),
      position integer NOT NULL CHECK (position > 0),
      active boolean NOT NULL DEFAULT true,
      system boolean NOT NULL DEFAULT false,
      merged_into_id uuid,
      version integer NOT NULL DEFAULT 1,
      created_at timestamptz(3) NOT NULL DEFAULT now(),
      updated_at timestamptz(3) NOT NULL DEFAULT now(),
      deleted_at timestamptz(3),
      PRIMARY KEY (tenant_id, id),
      UNIQUE (tenant_id, key),
      FOREIGN KEY (tenant_id, merged_into_id) REFERENCES %1$I (tenant_id, id)
    )$sql$, name, key_length);
  EXECUTE format('CREATE UNIQUE INDEX %I ON %I (tenant_id, choice_label_key(label)) WHERE deleted_at IS NULL', name || '_label_key', name);
  EXECUTE format('CREATE INDEX %I ON %I (tenant_id, merged_into_id) WHERE merged_into_id IS NOT NULL', name || '_merged_into_idx', name);
  EXECUTE format($sql$
    CREATE TABLE %1$I (
      tenant_id uuid NOT NULL REFERENCES tenant (id),
      legacy_value text COLLATE "C" NOT NULL CHECK (legacy_value <> ''),
      choice_id uuid NOT NULL,
      created_at timestamptz(3) NOT NULL DEFAULT now(),
      PRIMARY KEY (tenant_id, legacy_value),
      FOREIGN KEY (tenant_id, choice_id) REFERENCES %2$I (tenant_id, id)
    )$sql$, name || '_alias', name);
  EXECUTE format('CREATE INDEX %I ON %I (tenant_id, choice_id)', name || '_alias_choice_idx', name || '_alias');

  EXECUTE format('CREATE TRIGGER guard_choice BEFORE INSERT OR UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION guard_choice()', name);
  EXECUTE format('CREATE TRIGGER add_own_alias AFTER INSERT ON %I FOR EACH ROW EXECUTE FUNCTION add_own_alias()', name);
  EXECUTE format(
    'CREATE TRIGGER flatten_merges AFTER UPDATE ON %I FOR EACH ROW WHEN (NEW.merged_into_id IS DISTINCT FROM OLD.merged_into_id AND NEW.merged_into_id IS NOT NULL) EXECUTE FUNCTION flatten_merges()',
    name);
  EXECUTE format('CREATE TRIGGER guard_own_alias BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION guard_own_alias(%L)', name || '_alias', name);

  CALL isolate_tenants(name::regclass);
  CALL isolate_tenants((name || '_alias')::regclass);
END $$;

-- Where each field stands. No row: legacy.
CREATE TABLE choice_field_state (
  field text PRIMARY KEY,
  phase text NOT NULL CHECK (phase IN ('expanded', 'contracted')),
  -- Whether tenants created from now on are born with the field's choices.
  populates_new_tenants boolean NOT NULL DEFAULT false
);
ALTER TABLE choice_field_state ENABLE ROW LEVEL SECURITY;
CREATE POLICY choice_field_state_read ON choice_field_state FOR SELECT USING (true);

-- Where each field stands for one tenant, once the field is expanded. No row: not populated.
CREATE TABLE choice_tenant_state (
  tenant_id uuid NOT NULL REFERENCES tenant (id),
  field text NOT NULL REFERENCES choice_field_state (field),
  phase text NOT NULL CHECK (phase IN ('populated', 'migrated', 'preferred')),
  -- The last record that the backfill under way has passed; null between runs.
  cursor uuid,
  PRIMARY KEY (tenant_id, field)
);
ALTER TABLE choice_tenant_state ENABLE ROW LEVEL SECURITY;
CREATE POLICY choice_tenant_state_read ON choice_tenant_state FOR SELECT USING (tenant_id = (SELECT current_tenant_id()));

CREATE TABLE choice_phase_change (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  field text NOT NULL,
  tenant_id uuid REFERENCES tenant (id),
  from_phase text NOT NULL,
  to_phase text NOT NULL,
  changed_by text NOT NULL,
  changed_at timestamptz(3) NOT NULL DEFAULT now(),
  reason text
);
CREATE INDEX choice_phase_change_field_idx ON choice_phase_change (field, tenant_id, id);
ALTER TABLE choice_phase_change ENABLE ROW LEVEL SECURITY;
CREATE POLICY choice_phase_change_read ON choice_phase_change FOR SELECT USING (tenant_id IS NULL OR tenant_id = (SELECT current_tenant_id()));

-- Values that somebody, by name and with a reason, allowed to stay unmapped.
CREATE TABLE choice_acceptance (
  tenant_id uuid NOT NULL REFERENCES tenant (id),
  field text NOT NULL,
  legacy_value text COLLATE "C" NOT NULL CHECK (legacy_value <> ''),
  reason text NOT NULL CHECK (btrim(reason) <> ''),
  accepted_by text NOT NULL,
  accepted_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, field, legacy_value)
);
ALTER TABLE choice_acceptance ENABLE ROW LEVEL SECURITY;
CREATE POLICY choice_acceptance_read ON choice_acceptance FOR SELECT USING (tenant_id = (SELECT current_tenant_id()));
`;
