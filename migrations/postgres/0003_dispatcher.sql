-- Written by the dispatcher alone. Data, decisions and histories are JSON kept as text: byte for byte as they
-- came, and without the NUL that jsonb refuses.
CREATE TABLE events (
    id uuid PRIMARY KEY,
    source text NOT NULL,
    external_id text NOT NULL,
    kind text NOT NULL,
    organisation_number text NOT NULL,
    organisation_id uuid,
    recipient text,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    data text NOT NULL,
    agreement_version bigint,
    decisions text NOT NULL,
    UNIQUE (source, external_id)
);

-- No foreign key to events: one statement of the one writer makes both, and checking every alert once more would cost
-- a fifth of the intake.
CREATE TABLE deliveries (
    id uuid PRIMARY KEY,
    event_id uuid NOT NULL,
    user_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    channel text NOT NULL CHECK (channel IN ('sms', 'email')),
    expires_at timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('sending', 'waiting', 'accepted', 'delivered', 'failed', 'expired', 'suppressed')),
    cause text,
    reference text,
    attempts bigint NOT NULL,
    possible_duplicate boolean NOT NULL,
    due_at timestamptz,
    history text NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    UNIQUE (event_id, contact_id)
);

-- What needs attention, and nothing else: it stays small however many alerts are stored.
CREATE INDEX deliveries_due ON deliveries (channel, due_at) WHERE due_at IS NOT NULL;

-- What failed, what expired: the lists that operators ask for.
CREATE INDEX deliveries_troubled ON deliveries (state, id) WHERE state IN ('failed', 'expired', 'suppressed');

CREATE TABLE dead_letters (
    id uuid PRIMARY KEY,
    message_id text NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL,
    body bytea NOT NULL,
    received_at timestamptz NOT NULL
);
