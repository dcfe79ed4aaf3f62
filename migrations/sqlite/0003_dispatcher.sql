-- Written by the dispatcher alone. Data, decisions and histories are JSON kept as text: byte for byte as they
-- came, and without the NUL that jsonb refuses.
CREATE TABLE events (
    id blob PRIMARY KEY,
    source text NOT NULL,
    external_id text NOT NULL,
    kind text NOT NULL,
    organisation_number text NOT NULL,
    organisation_id blob,
    recipient text,
    occurred_at text NOT NULL,
    received_at text NOT NULL,
    expires_at text NOT NULL,
    data text NOT NULL,
    agreement_version bigint,
    decisions text NOT NULL,
    UNIQUE (source, external_id)
);

-- No foreign key to events: one statement of the one writer makes both, and checking every alert once more would cost
-- a fifth of the intake.
CREATE TABLE deliveries (
    id blob PRIMARY KEY,
    event_id blob NOT NULL,
    user_id blob NOT NULL,
    contact_id blob NOT NULL,
    channel text NOT NULL CHECK (channel IN ('sms', 'email')),
    expires_at text NOT NULL,
    state text NOT NULL CHECK (state IN ('sending', 'waiting', 'accepted', 'delivered', 'failed', 'expired', 'suppressed')),
    cause text,
    reference text,
    attempts bigint NOT NULL,
    possible_duplicate boolean NOT NULL,
    due_at text,
    history text NOT NULL,
    created_at text NOT NULL,
    changed_at text NOT NULL,
    UNIQUE (event_id, contact_id)
);

-- What needs attention, and nothing else: it stays small however many alerts are stored.
CREATE INDEX deliveries_due ON deliveries (channel, due_at) WHERE due_at IS NOT NULL;

-- What failed, what expired: the lists that operators ask for.
CREATE INDEX deliveries_troubled ON deliveries (state, id) WHERE state IN ('failed', 'expired', 'suppressed');

CREATE TABLE dead_letters (
    id blob PRIMARY KEY,
    message_id text NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL,
    body blob NOT NULL,
    received_at text NOT NULL
);
