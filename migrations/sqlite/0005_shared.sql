-- Which bus the events of this database travel by: recorded by the first service that starts, asked by every other one.
-- On two buses, what one publishes nobody reads. Only the owner takes it back (`bevaka migrate --forget-bus`).
CREATE TABLE bus_of_database (
    -- One row at most.
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    bus text NOT NULL,
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL
);

-- The table bus: every process may publish, the reader of a queue removes what it has done with.
CREATE TABLE bus_messages (
-- Only on SQLite.
    id integer PRIMARY KEY AUTOINCREMENT,
-- On both again.
    queue text NOT NULL,
    message_id text NOT NULL,
    body bytea NOT NULL,
    reason text,
    deliveries bigint NOT NULL,
    locked_until timestamptz,
    published_at timestamptz NOT NULL
);

CREATE INDEX bus_messages_queue ON bus_messages (queue, id);

-- What a service has to publish, stored in the transaction that it follows from. Each writer adds and relays its own.
CREATE TABLE outbox (
-- Only on SQLite.
    place integer PRIMARY KEY AUTOINCREMENT,
-- On both again.
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

-- It is searched newest first, each search going on behind an entry.
CREATE INDEX trail_at ON trail (at, chain, seq);
CREATE INDEX trail_organisation ON trail (organisation_id, at, chain, seq);
CREATE INDEX trail_subject ON trail (subject, at, chain, seq);
CREATE INDEX trail_actor ON trail (actor, at, chain, seq);
CREATE INDEX trail_action ON trail (action, at, chain, seq);

-- Where each chain ends; locked by whoever appends.
CREATE TABLE trail_heads (
    chain text PRIMARY KEY,
    seq bigint NOT NULL,
    hash text NOT NULL
);

INSERT INTO trail_heads (chain, seq, hash) VALUES
    ('agreements', 0, '0000000000000000000000000000000000000000000000000000000000000000'),
    ('watches', 0, '0000000000000000000000000000000000000000000000000000000000000000'),
    ('operators', 0, '0000000000000000000000000000000000000000000000000000000000000000');

-- It only grows; also for the owner, whom no grant binds.
-- Only on SQLite.
CREATE TRIGGER trail_is_not_updated BEFORE UPDATE ON trail
BEGIN
    SELECT RAISE(ABORT, 'the trail is append-only');
END;

CREATE TRIGGER trail_is_not_deleted BEFORE DELETE ON trail
BEGIN
    SELECT RAISE(ABORT, 'the trail is append-only');
END;

-- INSERT OR REPLACE would delete without the trigger above.
CREATE TRIGGER trail_is_not_replaced BEFORE INSERT ON trail
WHEN EXISTS (SELECT 1 FROM trail WHERE chain = new.chain AND seq = new.seq)
BEGIN
    SELECT RAISE(ABORT, 'the trail is append-only');
END;
-- On both again.
