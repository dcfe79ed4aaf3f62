-- Written by the agreements service alone.
CREATE TABLE organisations (
    id uuid PRIMARY KEY,
    number text NOT NULL UNIQUE,
    name text NOT NULL,
    form text NOT NULL CHECK (form IN ('sole_trader', 'limited_company', 'partnership', 'association', 'other')),
    created_at timestamptz NOT NULL
);

-- Personal numbers are sealed, and looked up by a keyed hash.
CREATE TABLE persons (
    id uuid PRIMARY KEY,
    number_hash bytea NOT NULL UNIQUE,
    number_sealed bytea NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL
);

-- A user is one person's access to one company. Mandates are those of the internet bank; roles and groups those of
-- the company register, as JSON.
CREATE TABLE users (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    reference text NOT NULL,
    name text NOT NULL,
    language text NOT NULL,
    access text NOT NULL CHECK (access IN ('unrestricted', 'restricted')),
    state text NOT NULL CHECK (state IN ('active', 'blocked', 'denied', 'expired')),
    created_at timestamptz NOT NULL,
    person_id uuid REFERENCES persons (id),
    mandate text CHECK (mandate IN ('alone', 'two_jointly')),
    roles text NOT NULL DEFAULT '[]',
    register_groups text NOT NULL DEFAULT '[]',
    removed_at timestamptz,
    UNIQUE (organisation_id, reference)
);

CREATE INDEX users_person ON users (person_id);
-- A person is one user of a company at a time.
CREATE UNIQUE INDEX users_of_person ON users (organisation_id, person_id) WHERE removed_at IS NULL;

CREATE TABLE user_permissions (
    user_id uuid NOT NULL REFERENCES users (id),
    permission text NOT NULL,
    granted_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, permission)
);

-- The clauses of the company register by which a company is bound, as JSON.
CREATE TABLE signing_rules (
    organisation_id uuid PRIMARY KEY REFERENCES organisations (id),
    clauses text NOT NULL,
    changed_at timestamptz NOT NULL
);

CREATE TABLE orders (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    content text NOT NULL,
    signed_text text NOT NULL,
    placed_by uuid NOT NULL REFERENCES users (id),
    placed_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    state text NOT NULL,
    ended_at timestamptz
);

CREATE INDEX orders_organisation ON orders (organisation_id, id);
CREATE INDEX orders_open ON orders (expires_at) WHERE ended_at IS NULL;

-- The evidence of a signature: what was signed and how, whole, as it was verified (R10). Sealed, as it holds the
-- personal number.
CREATE TABLE order_signatures (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders (id),
    user_id uuid NOT NULL REFERENCES users (id),
    person_id uuid NOT NULL REFERENCES persons (id),
    method text NOT NULL CHECK (method IN ('on_card', 'mobile', 'token')),
    signed_at timestamptz NOT NULL,
    evidence_sealed bytea NOT NULL,
    UNIQUE (order_id, person_id)
);

-- What was signed stays as it was signed; also for the owner, whom no grant binds.
-- Only on PostgreSQL.
CREATE FUNCTION refuse_change_of_what_was_signed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was signed is not changed' USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER order_signatures_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON order_signatures
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_what_was_signed();

CREATE TRIGGER orders_stay BEFORE DELETE OR TRUNCATE ON orders
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_what_was_signed();

CREATE TRIGGER orders_keep_what_is_signed BEFORE UPDATE ON orders FOR EACH ROW
    WHEN ((old.id, old.organisation_id, old.content, old.signed_text, old.placed_by, old.placed_at, old.expires_at)
        IS DISTINCT FROM
        (new.id, new.organisation_id, new.content, new.signed_text, new.placed_by, new.placed_at, new.expires_at))
    EXECUTE FUNCTION refuse_change_of_what_was_signed();
-- On both again.

-- Who ended an agreement, and by which order a version came, stand beside them (R18).
CREATE TABLE agreements (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    version bigint NOT NULL,
    held_through text NOT NULL CHECK (held_through IN ('private', 'corporate')),
    state text NOT NULL CHECK (state IN ('active', 'ended')),
    since timestamptz NOT NULL,
    ended_at timestamptz,
    ended_by uuid REFERENCES users (id)
);

-- A company has at most one agreement in force; ended ones stay readable (R18).
CREATE UNIQUE INDEX agreements_in_force ON agreements (organisation_id) WHERE state = 'active';

CREATE TABLE agreement_versions (
    agreement_id uuid NOT NULL REFERENCES agreements (id),
    version bigint NOT NULL,
    scope text NOT NULL,
    effective_at timestamptz NOT NULL,
    order_id uuid REFERENCES orders (id),
    PRIMARY KEY (agreement_id, version)
);

-- Security tokens; the key is sealed.
CREATE TABLE tokens (
    serial text PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES persons (id),
    key_sealed bytea NOT NULL,
    failed_tries bigint NOT NULL,
    locked_at timestamptz
);

CREATE INDEX tokens_person ON tokens (person_id);

-- Tries to prove an identity, for signing in or for signing. What only this try may know is sealed.
CREATE TABLE attempts (
    id uuid PRIMARY KEY,
    browser_hash bytea NOT NULL,
    purpose text NOT NULL,
    way_sealed bytea NOT NULL,
    state text NOT NULL,
    open boolean NOT NULL,
    started_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    due_at timestamptz
);

CREATE INDEX attempts_due ON attempts (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE sessions (
    token_hash bytea PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES persons (id),
    user_id uuid REFERENCES users (id),
    channel text NOT NULL CHECK (channel IN ('private', 'corporate')),
    method text NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL
);

CREATE INDEX sessions_last_used ON sessions (last_used_at);

-- Answers to commands that bear an idempotency key, so that a repeated command changes nothing.
CREATE TABLE idempotent_answers (
    user_id uuid NOT NULL REFERENCES users (id),
    key text NOT NULL,
    request_hash bytea NOT NULL,
    status bigint NOT NULL,
    body text NOT NULL,
    answered_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, key)
);
