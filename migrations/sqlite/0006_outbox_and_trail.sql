-- What a service has to publish, stored in the transaction that it follows from. Each writer adds and relays its own.
CREATE TABLE outbox (
    place integer PRIMARY KEY AUTOINCREMENT,
    writer text NOT NULL CHECK (writer IN ('agreements', 'watches', 'operators')),
    id blob NOT NULL UNIQUE,
    body blob NOT NULL,
    claimed_until text,
    created_at text NOT NULL
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

-- Where each chain ends.
CREATE TABLE trail_heads (
    chain text PRIMARY KEY,
    seq bigint NOT NULL,
    hash text NOT NULL
);

INSERT INTO trail_heads (chain, seq, hash)
SELECT column1, 0, hex(zeroblob(32)) FROM (VALUES ('agreements'), ('watches'), ('operators'));

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
