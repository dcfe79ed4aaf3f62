-- Written by the dispatcher; of alerts and dead letters operators change what repairs need. Data, decisions and histories are
-- JSON kept as text: byte for byte as they came, and without the NUL that jsonb refuses.
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
    -- What of the data watches are narrowed by, as JSON; none if there is nothing.
    facts text,
    -- By what it came in, if not by its publisher alone: `injection:ID` or `dead_letter:ID`.
    origin text,
    -- A publisher's id is searched for without its publisher too (R39).
-- Only on PostgreSQL.
    CONSTRAINT events_external UNIQUE (external_id, source)
-- On both again.
);

-- A company's events, the newest first: ids grow with time.
CREATE INDEX events_organisation ON events (organisation_id, id);
-- What Bevaka itself tells a company's users, which is not counted among its alerts.
CREATE INDEX events_notices ON events (organisation_id, id) WHERE source = 'urn:bevaka:notices';
-- What operators search by, the newest first. Of a company that is not known there is only the number.
CREATE INDEX events_origin ON events (origin, id) WHERE origin IS NOT NULL;
CREATE INDEX events_not_by_publisher ON events (id) WHERE origin IS NOT NULL;
CREATE INDEX events_kind ON events (kind, id);
CREATE INDEX events_unknown ON events (organisation_number, id) WHERE organisation_id IS NULL;

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
    -- Alerts that leave together as one message.
    parcel uuid,
    UNIQUE (event_id, contact_id)
);

-- What needs attention, and nothing else: it stays small however many alerts are stored.
CREATE INDEX deliveries_due ON deliveries (channel, due_at) WHERE due_at IS NOT NULL;
-- What failed, what expired: the lists that operators ask for, in the order of events and contact points.
CREATE INDEX deliveries_troubled ON deliveries (state, event_id, contact_id)
    WHERE state IN ('failed', 'expired', 'suppressed');
-- A user's alerts, in the same order.
CREATE INDEX deliveries_user ON deliveries (user_id, event_id, contact_id);
-- What waits to be gathered, and parcels on their way, are not for the ordinary queue.
CREATE INDEX deliveries_parcel ON deliveries (parcel) WHERE parcel IS NOT NULL;
CREATE INDEX deliveries_parcel_due ON deliveries (channel, due_at) WHERE parcel IS NOT NULL AND due_at IS NOT NULL;
CREATE INDEX deliveries_gathered_due ON deliveries (channel, due_at)
    WHERE cause = 'digest' AND parcel IS NULL AND due_at IS NOT NULL;
CREATE INDEX deliveries_gathered ON deliveries (contact_id)
    WHERE cause = 'digest' AND parcel IS NULL AND due_at IS NOT NULL;

CREATE TABLE dead_letters (
    id uuid PRIMARY KEY,
    message_id text NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL,
    body bytea NOT NULL,
    received_at timestamptz NOT NULL,
    -- What became of it (R40), and as which event it was sent in again.
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'requeued', 'discarded')),
    ended_at timestamptz,
    ended_by text,
    ended_because text,
    mended_body bytea,
    requeued_source text,
    requeued_id text
);

CREATE INDEX dead_letters_open ON dead_letters (reason, id) WHERE state = 'open';

-- What happened in each minute, added up over all processes.
CREATE TABLE figures (
    minute timestamptz NOT NULL,
    name text NOT NULL,
    value bigint NOT NULL,
    PRIMARY KEY (minute, name)
);

-- How the last attempts on each channel went, over all processes.
CREATE TABLE channel_health (
    channel text PRIMARY KEY CHECK (channel IN ('sms', 'email')),
    success_at timestamptz,
    failed_at timestamptz,
    cause text,
    channel_down boolean
);
