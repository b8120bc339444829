/** What tells one state of a tenant's choices from another, as cheaply as a server may ask for it with every request. */
export const choiceStamp = String.raw`
-- The latest entry in the audit of the tenant; 0 if there is none. In PL/pgSQL for its plan: a session makes it once, also behind a pooler.
CREATE FUNCTION choice_stamp(tenant uuid) RETURNS float8
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (SELECT coalesce(max(sequence), 0)::float8 FROM public.choice_change WHERE tenant_id = tenant);
END $$;
`;
