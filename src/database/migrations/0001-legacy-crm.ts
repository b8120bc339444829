/** The CRM as it was: records with hardcoded choices in varchar columns. */
export const legacyCrm = `
-- RFC 9562, UUID version 7, method 3: 48 bits of milliseconds, then 12 bits of the fraction of the millisecond,
-- so that ids made one after another sort in that order. PostgreSQL has uuidv7() only from 18 on.
CREATE FUNCTION uuid_v7() RETURNS uuid LANGUAGE plpgsql VOLATILE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  micros bigint := floor(extract(epoch FROM clock_timestamp()) * 1000000);
  bytes bytea := uuid_send(gen_random_uuid());
  fraction int := ((micros % 1000) * 4096 / 1000)::int;
BEGIN
  bytes := overlay(bytes PLACING substring(int8send(micros / 1000) FROM 3) FROM 1 FOR 6);
  bytes := set_byte(bytes, 6, 112 | (fraction >> 8));
  bytes := set_byte(bytes, 7, fraction & 255);
  RETURN encode(bytes, 'hex')::uuid;
END $$;

CREATE FUNCTION current_tenant_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(current_setting('choices.tenant_id', true), '')::uuid;

CREATE TABLE tenant (
  id uuid PRIMARY KEY DEFAULT uuid_v7(),
  slug varchar(63) NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$'),
  name varchar(200) NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now()
);

CREATE TABLE account (
  tenant_id uuid NOT NULL REFERENCES tenant (id),
  id uuid NOT NULL DEFAULT uuid_v7(),
  legacy_id text,
  name varchar(200) NOT NULL,
  website varchar(500),
  country varchar(100),
  industry varchar(50),
  tier varchar(20) DEFAULT 'free',
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, legacy_id)
);
CREATE INDEX account_created_at_idx ON account (tenant_id, created_at, id);
CREATE INDEX account_name_idx ON account (tenant_id, name, id);

CREATE TABLE lead (
  tenant_id uuid NOT NULL REFERENCES tenant (id),
  id uuid NOT NULL DEFAULT uuid_v7(),
  legacy_id text,
  first_name varchar(100) NOT NULL,
  last_name varchar(100) NOT NULL,
  email varchar(254) NOT NULL,
  phone varchar(50),
  company varchar(200) NOT NULL,
  job_title varchar(200),
  country varchar(100),
  industry varchar(50) NOT NULL,
  lead_source varchar(20) NOT NULL,
  status varchar(20) NOT NULL DEFAULT 'new',
  marketing_channel varchar(20) DEFAULT '',
  lead_score integer NOT NULL DEFAULT 0,
  annual_revenue numeric(18, 2),
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, legacy_id)
);
CREATE INDEX lead_created_at_idx ON lead (tenant_id, created_at, id);
CREATE INDEX lead_company_idx ON lead (tenant_id, company, id);

CREATE TABLE opportunity (
  tenant_id uuid NOT NULL REFERENCES tenant (id),
  id uuid NOT NULL DEFAULT uuid_v7(),
  legacy_id text,
  account_id uuid NOT NULL,
  name varchar(200) NOT NULL,
  amount numeric(18, 2),
  deal_size_category varchar(20) DEFAULT 'medium',
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, legacy_id),
  CONSTRAINT opportunity_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id)
);
CREATE INDEX opportunity_created_at_idx ON opportunity (tenant_id, created_at, id);
CREATE INDEX opportunity_account_id_idx ON opportunity (tenant_id, account_id, id);

CREATE TABLE task (
  tenant_id uuid NOT NULL REFERENCES tenant (id),
  id uuid NOT NULL DEFAULT uuid_v7(),
  legacy_id text,
  lead_id uuid,
  title varchar(200) NOT NULL,
  priority varchar(10) NOT NULL DEFAULT 'medium',
  status varchar(20) NOT NULL DEFAULT 'todo',
  task_type varchar(50) NOT NULL,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, legacy_id),
  -- The column list keeps tenant_id: SET NULL alone would null both columns.
  CONSTRAINT task_lead_id_fkey FOREIGN KEY (tenant_id, lead_id) REFERENCES lead (tenant_id, id) ON DELETE SET NULL (lead_id)
);
CREATE INDEX task_created_at_idx ON task (tenant_id, created_at, id);
CREATE INDEX task_lead_id_idx ON task (tenant_id, lead_id, id);

-- No tenant set means nobody's rows. The owner is not subject to these policies: migrations must see every row.
ALTER TABLE tenant ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_read ON tenant FOR SELECT USING (id = (SELECT current_tenant_id()));

CREATE PROCEDURE isolate_tenants(target regclass) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('CREATE POLICY tenant_isolation ON %s USING (tenant_id = (SELECT current_tenant_id()))', target);
END $$;

CALL isolate_tenants('account');
CALL isolate_tenants('lead');
CALL isolate_tenants('opportunity');
CALL isolate_tenants('task');
`;
