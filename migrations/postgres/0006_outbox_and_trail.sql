-- What a service has to publish, stored in the transaction that it follows from. Each writer adds and relays its own.
CREATE TABLE outbox (
    place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    writer text NOT NULL CHECK (writer IN ('agreements', 'watches', 'operators')),
    id uuid NOT NULL UNIQUE,
    body bytea NOT NULL,
    claimed_until timestamptz,
    created_at timestamptz NOT NULL
);

CREATE INDEX outbox_writer ON outbox (writer, place);

-- What changed, when, and by whom (R41), in one chain for each writer. All texts, and times as texts: byte for byte
-- what was hashed.
CREATE TABLE trail (
    chain text NOT NULL CHECK (chain IN ('agreements', 'watches', 'operators')),
    seq bigint NOT NULL CHECK (seq > 0),
    at text NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    organisation_id text,
    subject text NOT NULL,
    detail text NOT NULL,
    prev_hash text NOT NULL,
    hash text NOT NULL,
    PRIMARY KEY (chain, seq)
);

CREATE INDEX trail_at ON trail (at);
CREATE INDEX trail_organisation ON trail (organisation_id, at);
CREATE INDEX trail_subject ON trail (subject, at);

-- Where each chain ends; locked by whoever appends.
CREATE TABLE trail_heads (
    chain text PRIMARY KEY,
    seq bigint NOT NULL,
    hash text NOT NULL
);

INSERT INTO trail_heads (chain, seq, hash)
SELECT chain, 0, repeat('0', 64) FROM (VALUES ('agreements'), ('watches'), ('operators')) AS chains (chain);

-- Also for the owner, whom no grant binds.
CREATE FUNCTION refuse_change_of_trail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the trail is append-only' USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER trail_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON trail
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_trail();

GRANT SELECT, INSERT ON trail TO bevaka_agreements, bevaka_watches, bevaka_operators;
GRANT SELECT, UPDATE ON trail_heads TO bevaka_agreements, bevaka_watches, bevaka_operators;
GRANT SELECT, INSERT, UPDATE, DELETE ON outbox TO bevaka_agreements, bevaka_watches, bevaka_operators;

-- Every row has one writer: each role sees and changes its own rows of the outbox, and continues its own chain.
ALTER TABLE outbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE trail ENABLE ROW LEVEL SECURITY;
ALTER TABLE trail_heads ENABLE ROW LEVEL SECURITY;
CREATE POLICY trail_is_read_by_all ON trail FOR SELECT USING (true);
CREATE POLICY trail_heads_are_read_by_all ON trail_heads FOR SELECT USING (true);
DO $$
DECLARE service text;
BEGIN
    FOREACH service IN ARRAY ARRAY['agreements', 'watches', 'operators'] LOOP
        EXECUTE format('CREATE POLICY %I ON outbox TO %I USING (writer = %L)',
            service, 'bevaka_' || service, service);
        EXECUTE format('CREATE POLICY %I ON trail FOR INSERT TO %I WITH CHECK (chain = %L)',
            service, 'bevaka_' || service, service);
        EXECUTE format('CREATE POLICY %I ON trail_heads FOR UPDATE TO %I USING (chain = %L)',
            service, 'bevaka_' || service, service);
    END LOOP;
END $$;
