-- Written by the agreements service alone. Personal numbers are sealed, and looked up by a keyed hash.
CREATE TABLE persons (
    id blob PRIMARY KEY,
    number_hash blob NOT NULL UNIQUE,
    number_sealed blob NOT NULL,
    name text NOT NULL,
    created_at text NOT NULL
);

-- A user is one person's access to one company. Mandates are those of the internet bank; roles and groups those of
-- the company register, as JSON.
ALTER TABLE users ADD COLUMN person_id blob REFERENCES persons (id);
ALTER TABLE users ADD COLUMN mandate text CHECK (mandate IN ('alone', 'two_jointly'));
ALTER TABLE users ADD COLUMN roles text NOT NULL DEFAULT '[]';
ALTER TABLE users ADD COLUMN register_groups text NOT NULL DEFAULT '[]';
ALTER TABLE users ADD COLUMN removed_at text;
CREATE INDEX users_person ON users (person_id);
-- A person is one user of a company at a time.
CREATE UNIQUE INDEX users_of_person ON users (organisation_id, person_id) WHERE removed_at IS NULL;

-- The clauses of the company register by which a company is bound, as JSON.
CREATE TABLE signing_rules (
    organisation_id blob PRIMARY KEY REFERENCES organisations (id),
    clauses text NOT NULL,
    changed_at text NOT NULL
);

CREATE TABLE orders (
    id blob PRIMARY KEY,
    organisation_id blob NOT NULL REFERENCES organisations (id),
    content text NOT NULL,
    signed_text text NOT NULL,
    placed_by blob NOT NULL REFERENCES users (id),
    placed_at text NOT NULL,
    expires_at text NOT NULL,
    state text NOT NULL,
    ended_at text
);

CREATE INDEX orders_organisation ON orders (organisation_id, id);
CREATE INDEX orders_open ON orders (expires_at) WHERE ended_at IS NULL;

-- The evidence of a signature: what was signed and how, whole, as it was verified (R10). Sealed, as it holds the
-- personal number.
CREATE TABLE order_signatures (
    id blob PRIMARY KEY,
    order_id blob NOT NULL REFERENCES orders (id),
    user_id blob NOT NULL REFERENCES users (id),
    person_id blob NOT NULL REFERENCES persons (id),
    method text NOT NULL CHECK (method IN ('on_card', 'mobile', 'token')),
    signed_at text NOT NULL,
    evidence_sealed blob NOT NULL,
    UNIQUE (order_id, person_id)
);

-- What was signed stays as it was signed.
CREATE TRIGGER order_signatures_are_not_updated BEFORE UPDATE ON order_signatures
BEGIN
    SELECT RAISE(ABORT, 'what was signed is not changed');
END;

CREATE TRIGGER order_signatures_are_not_deleted BEFORE DELETE ON order_signatures
BEGIN
    SELECT RAISE(ABORT, 'what was signed is not changed');
END;

CREATE TRIGGER orders_are_not_deleted BEFORE DELETE ON orders
BEGIN
    SELECT RAISE(ABORT, 'what was signed is not changed');
END;

CREATE TRIGGER orders_keep_what_is_signed BEFORE UPDATE OF id, organisation_id, content, signed_text, placed_by, placed_at, expires_at ON orders
BEGIN
    SELECT RAISE(ABORT, 'what was signed is not changed');
END;

-- INSERT OR REPLACE would delete without the triggers above.
CREATE TRIGGER order_signatures_are_not_replaced BEFORE INSERT ON order_signatures
WHEN EXISTS (SELECT 1 FROM order_signatures
    WHERE id = new.id OR (order_id = new.order_id AND person_id = new.person_id))
BEGIN
    SELECT RAISE(ABORT, 'what was signed is not changed');
END;

CREATE TRIGGER orders_are_not_replaced BEFORE INSERT ON orders
WHEN EXISTS (SELECT 1 FROM orders WHERE id = new.id)
BEGIN
    SELECT RAISE(ABORT, 'what was signed is not changed');
END;

-- By which order a version came, and who ended an agreement (R18).
ALTER TABLE agreement_versions ADD COLUMN order_id blob REFERENCES orders (id);
ALTER TABLE agreements ADD COLUMN ended_by blob REFERENCES users (id);

-- Security tokens; the key is sealed.
CREATE TABLE tokens (
    serial text PRIMARY KEY,
    person_id blob NOT NULL REFERENCES persons (id),
    key_sealed blob NOT NULL,
    failed_tries bigint NOT NULL,
    locked_at text
);

CREATE INDEX tokens_person ON tokens (person_id);

-- Tries to prove an identity, for signing in or for signing. What only this try may know is sealed.
CREATE TABLE attempts (
    id blob PRIMARY KEY,
    browser_hash blob NOT NULL,
    purpose text NOT NULL,
    way_sealed blob NOT NULL,
    state text NOT NULL,
    open boolean NOT NULL,
    started_at text NOT NULL,
    expires_at text NOT NULL,
    due_at text
);

CREATE INDEX attempts_due ON attempts (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE sessions (
    token_hash blob PRIMARY KEY,
    person_id blob NOT NULL REFERENCES persons (id),
    user_id blob REFERENCES users (id),
    channel text NOT NULL CHECK (channel IN ('private', 'corporate')),
    method text NOT NULL,
    created_at text NOT NULL,
    last_used_at text NOT NULL
);

CREATE INDEX sessions_last_used ON sessions (last_used_at);

-- Answers to commands that bear an idempotency key, so that a repeated command changes nothing.
CREATE TABLE idempotent_answers (
    user_id blob NOT NULL REFERENCES users (id),
    key text NOT NULL,
    request_hash blob NOT NULL,
    status bigint NOT NULL,
    body text NOT NULL,
    answered_at text NOT NULL,
    PRIMARY KEY (user_id, key)
);

