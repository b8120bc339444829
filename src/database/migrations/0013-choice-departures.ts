/** What of choices is not done past the service: taking a merge back, and deleting a choice for good. */
export const choiceDepartures = String.raw`
-- As before, and: a merge of the service is undone by the service, or its records would stay with the survivor, and nobody would say so.
CREATE OR REPLACE FUNCTION guard_choice_rules() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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

  -- What the service undoes is no merge that stands by now; what follows a choice that is merged on is changed by a trigger.
  IF TG_OP = 'UPDATE' AND OLD.merged_into_id IS NOT NULL AND NEW.merged_into_id IS DISTINCT FROM OLD.merged_into_id AND pg_trigger_depth() = 1 THEN
    WITH RECURSIVE way AS (
      SELECT merge.survivor_id AS id FROM public.choice_merge AS merge
      WHERE merge.tenant_id = OLD.tenant_id AND merge.type = TG_TABLE_NAME AND merge.loser_id = OLD.id AND merge.undone_at IS NULL
      UNION
      SELECT merge.survivor_id FROM way
      JOIN public.choice_merge AS merge
        ON merge.tenant_id = OLD.tenant_id AND merge.type = TG_TABLE_NAME AND merge.loser_id = way.id AND merge.undone_at IS NULL
    )
    SELECT count(*) > 0 AND NOT coalesce(bool_or(id = NEW.merged_into_id), false) INTO found_one FROM way;
    IF found_one THEN
      RAISE EXCEPTION 'the choice "%" was merged, and its records followed: undoChoiceMerge has them come back', NEW.key
        USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, COLUMN = 'merged_into_id', CONSTRAINT = 'choice_merged';
    END IF;
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

-- As before, and: a choice that the same statement has deleted by now had a key. Only the owner may clear away aliases of choices that are not there.
CREATE OR REPLACE FUNCTION guard_own_alias() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  own boolean;
BEGIN
  IF TG_OP = 'UPDATE' AND NEW = OLD THEN
    RETURN NEW;
  END IF;
  EXECUTE format('SELECT key = $3 FROM %I.%I WHERE tenant_id = $1 AND id = $2', TG_TABLE_SCHEMA, TG_ARGV[0])
    INTO own USING OLD.tenant_id, OLD.choice_id, OLD.legacy_value;
  IF own OR own IS NULL AND NOT pg_has_role(coalesce(nullif(current_setting('role'), 'none'), session_user)::name, current_user, 'MEMBER') THEN
    RAISE EXCEPTION 'the alias "%" is the key of its choice and stays with it', OLD.legacy_value
      USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, COLUMN = 'legacy_value';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
`;
