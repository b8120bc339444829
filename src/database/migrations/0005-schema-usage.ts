/**
 * Who uses what of the schema: operations by the hour, as the servers record them, and the documents that clients registered.
 * All of it is the owner's alone: the API's restricted role has no right to any of these tables.
 */
export const schemaUsage = String.raw`
-- What is told from outside is kept with bounds: names are at most so long and have no control characters.
CREATE DOMAIN usage_name AS text COLLATE "C" CHECK (char_length(VALUE) <= 100 AND VALUE !~ '[\u0001-\u001f\u007f-\u009f]');

-- One operation as it was written and called: equal uses of the schema, under one operation name, in one API version.
CREATE TABLE usage_shape (
  -- SHA-256 of all the others.
  id bytea PRIMARY KEY CHECK (octet_length(id) = 32),
  version usage_name NOT NULL,
  -- '' where it has no name; '(others)' where there was no room for all operations, each of them cut to one deprecated coordinate.
  operation text NOT NULL CHECK (operation ~ '^([_A-Za-z0-9]{0,200}|\(others\))$'),
  -- What the client named, and what only a default value of the schema brought in.
  coordinates text[] NOT NULL,
  defaulted text[] NOT NULL
);
CREATE INDEX usage_shape_coordinates_idx ON usage_shape USING gin (coordinates);
CREATE INDEX usage_shape_defaulted_idx ON usage_shape USING gin (defaulted);

-- How often in an hour, and by whom. A row is counted up every few seconds: the space left on its page spares the indexes.
CREATE TABLE usage_hour (
  hour timestamptz(0) NOT NULL CHECK (extract(epoch FROM hour)::bigint % 3600 = 0),
  shape_id bytea NOT NULL REFERENCES usage_shape (id),
  -- '' where it does not say; '(others)' where more clients came than there was room for.
  client usage_name NOT NULL,
  client_version usage_name NOT NULL,
  -- null: a platform operator. No foreign key: what a tenant did is not refused because the tenant is gone.
  tenant_id uuid,
  count bigint NOT NULL CHECK (count > 0),
  last_seen timestamptz(3) NOT NULL,
  CONSTRAINT usage_hour_key UNIQUE NULLS NOT DISTINCT (shape_id, hour, client, client_version, tenant_id)
) WITH (fillfactor = 70);
CREATE INDEX usage_hour_hour_idx ON usage_hour (hour);

-- Every server process that records, and from when to when: silence is told from absence by it.
CREATE TABLE usage_collector (
  process_id uuid PRIMARY KEY,
  started_at timestamptz(3) NOT NULL,
  -- Everything recorded up to here is stored.
  seen_at timestamptz(3) NOT NULL,
  -- null: it runs, or it died.
  stopped_at timestamptz(3),
  -- How often it stores what it recorded: what it loses when it dies.
  flush_ms integer NOT NULL CHECK (flush_ms > 0),
  -- The number of the latest batch that is stored. One whose commit nobody saw is not stored again.
  sequence bigint NOT NULL
);
CREATE INDEX usage_collector_seen_idx ON usage_collector (seen_at);

-- What a process recorded in an hour: all operations, those of clients without a name, those not kept with all that they used.
CREATE TABLE usage_collector_hour (
  process_id uuid NOT NULL REFERENCES usage_collector (process_id) ON DELETE CASCADE,
  hour timestamptz(0) NOT NULL,
  operations bigint NOT NULL,
  unnamed bigint NOT NULL,
  lost bigint NOT NULL,
  PRIMARY KEY (process_id, hour)
);

-- Clients about which something was settled: whether they are told what they use that is deprecated.
CREATE TABLE api_client (
  name usage_name PRIMARY KEY CHECK (name <> ''),
  tells_deprecations boolean NOT NULL DEFAULT true
);

-- What clients registered: documents they may send at any time, by id. One id is one text, whoever registers it.
CREATE TABLE client_document (
  client usage_name NOT NULL CHECK (client <> ''),
  client_version usage_name NOT NULL,
  document_id text COLLATE "C" NOT NULL CHECK (document_id ~ '^[!-~]{1,200}$'),
  operation text NOT NULL CHECK (operation ~ '^[_A-Za-z0-9]{0,200}$'),
  body text NOT NULL CHECK (body <> ''),
  registered_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (client, client_version, document_id)
);
CREATE INDEX client_document_id_idx ON client_document (document_id);
`;
