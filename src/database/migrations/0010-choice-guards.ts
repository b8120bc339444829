/** What the database holds of choices, also for records that are on their way back, and for fields whose legacy column is gone. */
export const choiceGuards = String.raw`
-- What the legacy columns that are gone said: whether a record needs a choice, and what a new one takes.
CREATE TABLE choice_dropped_column (
  field text PRIMARY KEY,
  required boolean NOT NULL,
  preset text
);

-- Where records point at choices: the foreign keys of the fields that are expanded, by the names that follow from a field's
-- coordinate. legacy: the column of their strings; null where it is gone. required: whether that column says, or said, that a record needs a
-- choice. preset: an expression of what it says that a new record takes.
DROP FUNCTION list_choice_references();
CREATE FUNCTION list_choice_references()
RETURNS TABLE (field text, choices regclass, records regclass, ref name, legacy name, required boolean, preset text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT
    state.field, reference.confrelid::regclass, reference.conrelid::regclass, ref.attname, legacy.attname,
    CASE WHEN state.phase = 'contracted' THEN coalesce(dropped.required, false) ELSE coalesce(legacy.attnotnull, false) END,
    CASE WHEN state.phase = 'contracted' THEN quote_literal(dropped.preset) ELSE pg_get_expr(preset.adbin, preset.adrelid) END
  FROM public.choice_field_state AS state
  CROSS JOIN LATERAL (
    SELECT string_to_array(lower(regexp_replace(state.field, '([a-z0-9])([A-Z])', '\1_\2', 'g')), '.') AS part
  ) AS named
  JOIN pg_constraint AS reference
    ON reference.contype = 'f' AND reference.conrelid = to_regclass(format('public.%I', part[1])) AND cardinality(reference.conkey) = 2
  JOIN pg_attribute AS ref
    ON ref.attrelid = reference.conrelid AND ref.attnum = ANY (reference.conkey) AND ref.attname = part[2] || '_id'
  LEFT JOIN pg_attribute AS legacy ON legacy.attrelid = reference.conrelid AND legacy.attname = part[2] AND NOT legacy.attisdropped
  LEFT JOIN pg_attrdef AS preset ON preset.adrelid = legacy.attrelid AND preset.adnum = legacy.attnum
  LEFT JOIN public.choice_dropped_column AS dropped ON dropped.field = state.field
$$;

-- Whether a record answers a choice: by its ref or, where strings still decide, by a string that is an alias of the choice. Or whether it is
-- on its way back to it since a merge was undone: it carries an alias of the choice, and a ref to where that merge had it go.
CREATE OR REPLACE FUNCTION is_choice_used(choice_table regclass, tenant uuid, choice uuid) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  reference record;
  used boolean;
  aliases CONSTANT text := format(
    'ARRAY(SELECT legacy_value FROM %s WHERE tenant_id = $1 AND choice_id = $2)', (choice_table || '_alias')::regclass);
  origins uuid[];
BEGIN
  WITH RECURSIVE undone AS (
    SELECT merge.undone_from, merge.survivor_id FROM public.choice_merge AS merge
    WHERE merge.tenant_id = tenant AND merge.type = (SELECT relname FROM pg_class WHERE oid = choice_table)
      AND merge.settled_at IS NULL AND choice = ANY (merge.undone_ids)
  ), way AS (
    SELECT undone_from AS id FROM undone
    UNION SELECT survivor_id FROM undone
  ), onward AS (
    SELECT id FROM way
    UNION
    SELECT merge.survivor_id FROM onward
    JOIN public.choice_merge AS merge
      ON merge.tenant_id = tenant AND merge.type = (SELECT relname FROM pg_class WHERE oid = choice_table) AND merge.loser_id = onward.id
  ) SELECT array_agg(id) INTO origins FROM onward;

  FOR reference IN
    SELECT
      place.*, state.storage = 'archive' OR state.phase = 'contracted' AS is_archived,
      state.storage = 'archive' OR state.phase = 'contracted' OR part.phase IS NOT DISTINCT FROM 'preferred' AS by_ref_alone
    FROM public.list_choice_references() AS place
    JOIN public.choice_field_state AS state USING (field)
    LEFT JOIN public.choice_tenant_state AS part ON part.field = place.field AND part.tenant_id = tenant
    WHERE place.choices = choice_table
  LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE tenant_id = $1 AND %I = $2)', reference.records, reference.ref) INTO used USING tenant, choice;
    IF NOT used AND reference.legacy IS NOT NULL AND NOT reference.by_ref_alone THEN
      EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE tenant_id = $1 AND %I IS NULL AND %I = ANY (%s))',
        reference.records, reference.ref, reference.legacy, aliases) INTO used USING tenant, choice;
    END IF;
    IF NOT used AND origins IS NOT NULL AND reference.is_archived THEN
      EXECUTE format(
        'SELECT EXISTS (
           SELECT FROM public.choice_archive AS archive JOIN %s AS record ON record.tenant_id = archive.tenant_id AND record.id = archive.record_id
           WHERE archive.tenant_id = $1 AND archive.field = $4 AND archive.ref = ANY ($3) AND record.%I = archive.ref AND archive.legacy_value = ANY (%s))',
        reference.records, reference.ref, aliases) INTO used USING tenant, choice, origins, reference.field;
    ELSIF NOT used AND origins IS NOT NULL AND reference.legacy IS NOT NULL THEN
      EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE tenant_id = $1 AND %I = ANY ($3) AND %I = ANY (%s))',
        reference.records, reference.ref, reference.legacy, aliases) INTO used USING tenant, choice, origins;
    END IF;
    IF used THEN
      RETURN true;
    END IF;
  END LOOP;
  RETURN false;
END $$;

-- A record of a required field has to find one to choose, and what a new record takes by its column's default has to be one that it may
-- choose, unless its tenant said another. As with the limit, writers take turns by now.
CREATE OR REPLACE FUNCTION keep_active_choices() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  reference record;
  left_tenant uuid;
  preset_key text;
BEGIN
  PERFORM FROM old_rows AS was JOIN new_rows AS is_now USING (tenant_id, id)
  WHERE was.active AND was.merged_into_id IS NULL AND was.deleted_at IS NULL
    AND NOT (is_now.active AND is_now.merged_into_id IS NULL AND is_now.deleted_at IS NULL);
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  FOR reference IN SELECT field, preset FROM public.list_choice_references() WHERE choices = TG_RELID AND preset IS NOT NULL ORDER BY field LOOP
    EXECUTE format(
      'SELECT root.key
       FROM %3$s AS alias
       JOIN %1$I.%2$I AS choice ON choice.tenant_id = alias.tenant_id AND choice.id = alias.choice_id
       JOIN %1$I.%2$I AS root ON root.tenant_id = choice.tenant_id AND root.id = coalesce(choice.merged_into_id, choice.id)
       WHERE alias.legacy_value = (%4$s)::text AND NOT (root.active AND root.deleted_at IS NULL)
         AND EXISTS (
           SELECT FROM old_rows AS was
           WHERE was.tenant_id = root.tenant_id AND was.id IN (choice.id, root.id) AND was.active AND was.deleted_at IS NULL)
         AND NOT EXISTS (SELECT FROM public.choice_default AS own WHERE own.tenant_id = root.tenant_id AND own.field = $1)
       LIMIT 1',
      TG_TABLE_SCHEMA, TG_TABLE_NAME, (TG_RELID::regclass || '_alias')::regclass, reference.preset) INTO preset_key USING reference.field;
    IF preset_key IS NOT NULL THEN
      RAISE EXCEPTION 'the choice "%" is the default of %: name another one first', preset_key, reference.field
        USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, COLUMN = 'active', CONSTRAINT = 'choice_default';
    END IF;
  END LOOP;
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

-- Without a default of the tenant's, new records take what the column says, or said: that has to be a choice that they may choose. It is held.
CREATE FUNCTION guard_cleared_default() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  reference record;
  preset_value text;
  selectable boolean;
BEGIN
  SELECT choices, preset INTO reference FROM public.list_choice_references() WHERE field = OLD.field AND preset IS NOT NULL;
  IF NOT FOUND OR EXISTS (SELECT FROM public.choice_default WHERE tenant_id = OLD.tenant_id AND field = OLD.field) THEN
    RETURN NULL;
  END IF;
  EXECUTE format('SELECT (%s)::text', reference.preset) INTO preset_value;
  EXECUTE format(
    'SELECT root.active AND root.deleted_at IS NULL
     FROM %1$s AS alias
     JOIN %2$s AS choice ON choice.tenant_id = alias.tenant_id AND choice.id = alias.choice_id
     JOIN %2$s AS root ON root.tenant_id = choice.tenant_id AND root.id = coalesce(choice.merged_into_id, choice.id)
     WHERE alias.tenant_id = $1 AND alias.legacy_value = $2 FOR SHARE OF root',
    (reference.choices || '_alias')::regclass, reference.choices) INTO selectable USING OLD.tenant_id, preset_value;
  IF preset_value <> '' AND selectable IS NOT TRUE THEN
    RAISE EXCEPTION 'without it, "%" would be the default of %, and is no choice that a record may choose', preset_value, OLD.field
      USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, COLUMN = 'choice_id', CONSTRAINT = 'choice_default';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER guard_cleared_default AFTER DELETE ON choice_default FOR EACH ROW EXECUTE FUNCTION guard_cleared_default();

REVOKE EXECUTE ON FUNCTION list_choice_references(), guard_cleared_default() FROM PUBLIC;
`;
