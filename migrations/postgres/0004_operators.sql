-- Written by the operators' console alone. Programs that use the operators' API; of a token only its hash is here.
CREATE TABLE client_tokens (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    -- Who answers for it, by the name that they sign in with.
    owner text NOT NULL,
    roles text NOT NULL,
    token_hash bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);

CREATE UNIQUE INDEX client_tokens_name ON client_tokens (name) WHERE revoked_at IS NULL;

-- Operators signed in to the pages; of the cookie only its hash is here.
CREATE TABLE operator_sessions (
    token_hash bytea PRIMARY KEY,
    person text NOT NULL,
    name text NOT NULL,
    roles text NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL
);

CREATE INDEX operator_sessions_last_used ON operator_sessions (last_used_at);

-- What operators put on the bus, or want to (R37). The events are kept while they wait for the second approval.
CREATE TABLE injections (
    id uuid PRIMARY KEY,
    request_hash bytea NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'published', 'rejected', 'expired')),
    justification text NOT NULL,
    proposed_by text NOT NULL,
    proposed_person text NOT NULL,
    proposed_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    events bigint NOT NULL,
    recipients bigint NOT NULL,
    kinds text NOT NULL,
    -- Only while they wait.
    bodies text,
    decided_by text,
    decided_at timestamptz,
    decided_because text
);

-- For the limit on what one operator injects within a time.
CREATE INDEX injections_person ON injections (proposed_person, proposed_at);
CREATE INDEX injections_waiting ON injections (expires_at) WHERE state = 'waiting';
CREATE INDEX injections_latest ON injections (proposed_at, id);
CREATE INDEX injections_state ON injections (state, proposed_at, id);

-- Channels that an operator has stopped; no row means that it runs.
CREATE TABLE channel_pauses (
    channel text PRIMARY KEY CHECK (channel IN ('sms', 'email')),
    paused_at timestamptz NOT NULL,
    paused_by text NOT NULL,
    paused_because text NOT NULL
);
