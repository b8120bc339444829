/** Which choice was merged into which, by whom, and which records followed: what it takes to undo a merge. */
export const choiceMerges = String.raw`
-- One row per merge of one choice into another. What merged_into_id names is where those that are not undone lead to.
CREATE TABLE choice_merge (
  tenant_id uuid NOT NULL REFERENCES tenant (id),
  id uuid NOT NULL DEFAULT uuid_v7(),
  -- The table of the choices' type.
  type text NOT NULL,
  loser_id uuid NOT NULL,
  survivor_id uuid NOT NULL CHECK (survivor_id <> loser_id),
  -- The fields whose default went along with the loser.
  default_fields text[] NOT NULL DEFAULT '{}',
  merged_by text NOT NULL,
  merged_at timestamptz(3) NOT NULL DEFAULT now(),
  undone_by text,
  undone_at timestamptz(3),
  -- When it was undone: the choice that the refs of the loser's records named, and the choices whose aliases say that a record is the loser's.
  undone_from uuid,
  undone_ids uuid[],
  -- Since when no record has to follow any more.
  settled_at timestamptz(3),
  PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX choice_merge_loser_idx ON choice_merge (tenant_id, type, loser_id) WHERE undone_at IS NULL;
CREATE INDEX choice_merge_unsettled_idx ON choice_merge (tenant_id, type) WHERE settled_at IS NULL;
CALL isolate_tenants('choice_merge');

-- Records whose ref moved by a merge: one that is not the loser's any more when the merge is undone was edited since. No foreign key:
-- a record may go.
CREATE TABLE choice_merge_row (
  tenant_id uuid NOT NULL,
  merge_id uuid NOT NULL,
  field text NOT NULL,
  record_id uuid NOT NULL,
  PRIMARY KEY (tenant_id, merge_id, field, record_id)
);
CALL isolate_tenants('choice_merge_row');

-- Whoever merges choices moves records too, and passes over those that no batch could write.
ALTER TABLE choice_quarantine ENABLE ROW LEVEL SECURITY;
CREATE POLICY choice_quarantine_read ON choice_quarantine FOR SELECT USING (tenant_id = (SELECT current_tenant_id()));

-- Merges that came to no end are looked for, to be begun again.
CREATE INDEX choice_run_unfinished_merge_idx ON choice_run (finished_at) WHERE step = 'merge' AND status IN ('blocked', 'failed');

-- Asks, in the transaction of a merge, for the records that it leaves to follow. The run is nobody's: any server takes it over.
CREATE FUNCTION request_merge_run(tenant uuid, fields text[], requester text) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  run uuid;
BEGIN
  IF tenant IS DISTINCT FROM public.current_tenant_id()
    AND NOT pg_has_role(coalesce(nullif(current_setting('role'), 'none'), session_user)::name, current_user, 'MEMBER') THEN
    RAISE EXCEPTION 'no run is to be asked for for another tenant than the session''s' USING ERRCODE = 'insufficient_privilege';
  END IF;
  INSERT INTO public.choice_run (step, fields, tenant_ids, requested_by, process_id)
  VALUES ('merge', fields, ARRAY[tenant], requester, '00000000-0000-0000-0000-000000000000') RETURNING id INTO run;
  RETURN run;
END $$;
REVOKE EXECUTE ON FUNCTION request_merge_run(uuid, text[], text) FROM PUBLIC;
`;
