/**
 * SQL: what the hash of an `entry` is made of, with the hash before it: all that it says, in this order; the same text in every session.
 * Whoever checks a hash writes it out: a function can be replaced.
 */
export const CHANGE_PAYLOAD = String.raw`jsonb_build_array(
    entry.tenant_id, entry.sequence, to_char(entry.changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z" BC'),
    entry.actor, entry.role, entry.application, entry.request_id, entry.operation, entry.group_id, entry.reason,
    entry.kind, entry.type, entry.object, entry.action, entry.before, entry.after, entry.records
  )::text`;

/** What is written of an entry; the other columns follow from these. */
const WRITTEN = [
  ...['tenant_id', 'sequence', 'changed_at', 'actor', 'role', 'application', 'request_id', 'operation', 'group_id', 'reason'],
  ...['kind', 'type', 'object', 'action', 'before', 'after', 'records', 'previous', 'hash'],
];

/** How an entry comes to stand in its chain, and what writes it: a part of the migration `0007-choice-audit`. */
export const choiceAuditFunctions = String.raw`CREATE FUNCTION choice_change_payload(entry choice_change) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT ${CHANGE_PAYLOAD}
$$;

-- Holds a chain until the transaction ends; makes it where it is the first to.
CREATE FUNCTION take_choice_chain(tenant uuid) RETURNS choice_chain LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  chain public.choice_chain;
BEGIN
  LOOP
    SELECT * INTO chain FROM public.choice_chain WHERE tenant_id = tenant OR (tenant IS NULL AND tenant_id IS NULL) FOR UPDATE;
    EXIT WHEN FOUND;
    INSERT INTO public.choice_chain (tenant_id) VALUES (tenant) ON CONFLICT DO NOTHING;
  END LOOP;
  RETURN chain;
END $$;

-- For whoever is to change choices of a tenant: holding its chain first, two writers take turns, and never wait for each other in a circle.
CREATE FUNCTION lock_choice_chain(tenant uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF (tenant IS NULL OR tenant IS DISTINCT FROM public.current_tenant_id())
    AND NOT pg_has_role(coalesce(nullif(current_setting('role'), 'none'), session_user)::name, current_user, 'MEMBER') THEN
    RAISE EXCEPTION 'the chain of another tenant than the session''s is not to be locked' USING ERRCODE = 'insufficient_privilege';
  END IF;
  -- A chain never goes away again.
  IF tenant IS NOT NULL AND NOT EXISTS (SELECT FROM public.tenant AS known WHERE known.id = tenant) THEN
    RAISE EXCEPTION 'there is no tenant %', tenant USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM public.take_choice_chain(tenant);
END $$;

-- Holds the chains of many tenants, in the tenants' order: no two that do so wait for each other in a circle.
CREATE FUNCTION take_choice_chains(tenants uuid[]) RETURNS choice_chain[] LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  chains public.choice_chain[];
BEGIN
  IF cardinality(tenants) > 1 THEN
    -- Nothing is held of a later tenant while the first entry of an earlier one is waited for.
    INSERT INTO public.choice_chain (tenant_id)
    SELECT tenant FROM unnest(tenants) AS tenant
    WHERE tenant IS NOT NULL AND NOT EXISTS (SELECT FROM public.choice_chain AS chain WHERE chain.tenant_id = tenant)
    ORDER BY tenant ON CONFLICT DO NOTHING;
    SELECT array_agg(chain ORDER BY chain.tenant_id) INTO chains
    FROM (SELECT * FROM public.choice_chain WHERE tenant_id = ANY (tenants) ORDER BY tenant_id FOR UPDATE) AS chain;
  END IF;
  IF cardinality(chains) IS DISTINCT FROM cardinality(tenants) THEN
    chains := ARRAY(SELECT public.take_choice_chain(tenant) FROM (SELECT tenant FROM unnest(tenants) AS tenant ORDER BY tenant OFFSET 0) AS ordered);
  END IF;
  RETURN chains;
END $$;

-- Adds an entry for each row that changed: rows as JSON, as they were and as they came to be, told apart by what names them. Who and why are
-- what the transaction says in choices.change.
CREATE FUNCTION append_choice_changes(kind text, name text, gone jsonb[], come jsonb[])
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  change jsonb := coalesce(nullif(current_setting('choices.change', true), ''), '{}');
  naming text := CASE kind WHEN 'choice' THEN 'id' WHEN 'phase' THEN 'field' WHEN 'default' THEN 'field' ELSE 'legacy_value' END;
  -- A save that changes nothing else is none.
  beside text[] := '{tenant_id,version,updated_at}';
  entry public.choice_change;
  entries public.choice_change[];
  chain public.choice_chain;
  chains public.choice_chain[];
  at int := 1;
BEGIN
  entry.actor := coalesce(change ->> 'actor', session_user);
  entry.role := coalesce(nullif(current_setting('role'), 'none'), session_user);
  entry.application := current_setting('application_name');
  entry.request_id := change ->> 'request';
  entry.operation := change ->> 'operation';
  entry.group_id := coalesce(change ->> 'group', nullif(current_setting('choices.change_group', true), ''), gen_random_uuid()::text);
  entry.reason := change ->> 'reason';
  entry.records := change ->> 'records';
  WITH lines AS (
    SELECT
      side, jsonb_build_array(line -> 'tenant_id', coalesce(name, line ->> 'field'), line ->> naming) AS key,
      CASE kind
        WHEN 'phase' THEN jsonb_strip_nulls(jsonb_build_object('phase', line -> 'phase', 'storage', line -> 'storage'))
        ELSE line - beside
      END AS content
    FROM (SELECT 'gone' AS side, unnest(gone) AS line UNION ALL SELECT 'come', unnest(come)) AS sides
  )
  SELECT array_agg(
    ROW(
      (key ->> 0)::uuid, 0, NULL, entry.actor, entry.role, entry.application, entry.request_id, entry.operation, entry.group_id, entry.reason,
      kind, key ->> 1, key ->> 2, CASE WHEN was.content IS NULL THEN 'insert' WHEN is_now.content IS NULL THEN 'delete' ELSE 'update' END,
      was.content, is_now.content, entry.records, NULL, NULL, NULL, NULL
    )::public.choice_change
    ORDER BY (key ->> 0)::uuid, (key ->> 1) COLLATE "C", (key ->> 2) COLLATE "C"
  ) INTO entries
  FROM (SELECT * FROM lines WHERE side = 'gone') AS was FULL JOIN (SELECT * FROM lines WHERE side = 'come') AS is_now USING (key)
  WHERE was.content IS DISTINCT FROM is_now.content;
  IF entries IS NULL THEN
    RETURN;
  END IF;

  chains := public.take_choice_chains(ARRAY(SELECT DISTINCT tenant_id FROM unnest(entries)));
  chain := chains[at];
  FOR place IN 1 .. cardinality(entries) LOOP
    entry := entries[place];
    IF chain.tenant_id IS DISTINCT FROM entry.tenant_id THEN
      chains[at] := chain;
      at := at + 1;
      chain := chains[at];
    END IF;
    entry.sequence := chain.sequence + 1;
    entry.changed_at := date_trunc('milliseconds', clock_timestamp());
    entry.previous := chain.hash;
    entry.hash := sha256(entry.previous || convert_to(public.choice_change_payload(entry), 'UTF8'));
    entries[place] := entry;
    chain.sequence := entry.sequence;
    chain.hash := entry.hash;
    chain.changed_at := entry.changed_at;
  END LOOP;
  chains[at] := chain;

  INSERT INTO public.choice_change (${WRITTEN.join(', ')})
  SELECT ${WRITTEN.map((column) => `line.${column}`).join(', ')} FROM unnest(entries) AS line;
  IF chain.tenant_id IS NULL THEN
    UPDATE public.choice_chain SET sequence = chain.sequence, hash = chain.hash, changed_at = chain.changed_at WHERE tenant_id IS NULL;
  ELSE
    UPDATE public.choice_chain AS kept SET sequence = latest.sequence, hash = latest.hash, changed_at = latest.changed_at
    FROM unnest(chains) AS latest WHERE kept.tenant_id = latest.tenant_id;
  END IF;
  PERFORM set_config('choices.change_group', entry.group_id::text, true);
END $$;

-- What a statement did to a table of choices, aliases, phases or acceptances. TRUNCATE has no transition table: it is told before it happens.
CREATE FUNCTION record_choice_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' AS $$
DECLARE
  gone jsonb[];
  come jsonb[];
BEGIN
  IF TG_TABLE_NAME = 'choice_tenant_state' AND TG_OP = 'UPDATE' THEN
    -- Backfills write their progress there, all the time.
    PERFORM tenant_id, field, phase FROM new_rows EXCEPT SELECT tenant_id, field, phase FROM old_rows;
    IF NOT FOUND THEN
      RETURN NULL;
    END IF;
  END IF;
  IF TG_OP IN ('UPDATE', 'DELETE') THEN
    SELECT array_agg(to_jsonb(old_rows)) INTO gone FROM old_rows;
  END IF;
  IF TG_OP IN ('INSERT', 'UPDATE') THEN
    SELECT array_agg(to_jsonb(new_rows)) INTO come FROM new_rows;
  END IF;
  IF TG_OP = 'TRUNCATE' THEN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
      RAISE EXCEPTION 'TRUNCATE takes rows along that this transaction does not see, and nobody would record them: use READ COMMITTED'
        USING ERRCODE = 'feature_not_supported', TABLE = TG_TABLE_NAME;
    END IF;
    EXECUTE format('SELECT array_agg(to_jsonb(line)) FROM %I.%I AS line', TG_TABLE_SCHEMA, TG_TABLE_NAME) INTO gone;
  END IF;
  PERFORM public.append_choice_changes(TG_ARGV[0], TG_ARGV[1], gone, come);
  RETURN NULL;
END $$;
`;
