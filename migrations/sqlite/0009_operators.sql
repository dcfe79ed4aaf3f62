-- Written by the operators' console alone, as all below where nothing else is said. Programs that use the operators' API; of a
-- token only its hash is here.
CREATE TABLE client_tokens (
    id blob PRIMARY KEY,
    name text NOT NULL,
    -- Who answers for it, by the name that they sign in with.
    owner text NOT NULL,
    roles text NOT NULL,
    token_hash blob NOT NULL UNIQUE,
    created_at text NOT NULL,
    expires_at text NOT NULL,
    revoked_at text
);

CREATE UNIQUE INDEX client_tokens_name ON client_tokens (name) WHERE revoked_at IS NULL;

-- Operators signed in to the pages; of the cookie only its hash is here.
CREATE TABLE operator_sessions (
    token_hash blob PRIMARY KEY,
    person text NOT NULL,
    name text NOT NULL,
    roles text NOT NULL,
    created_at text NOT NULL,
    last_used_at text NOT NULL
);

CREATE INDEX operator_sessions_last_used ON operator_sessions (last_used_at);

-- What operators put on the bus, or want to (R37). The events are kept while they wait for the second approval.
CREATE TABLE injections (
    id blob PRIMARY KEY,
    request_hash blob NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'published', 'rejected', 'expired')),
    justification text NOT NULL,
    proposed_by text NOT NULL,
    proposed_person text NOT NULL,
    proposed_at text NOT NULL,
    expires_at text NOT NULL,
    events bigint NOT NULL,
    recipients bigint NOT NULL,
    kinds text NOT NULL,
    -- Only while they wait.
    bodies text,
    decided_by text,
    decided_at text,
    decided_because text
);

-- For the limit on what one operator injects within a time.
CREATE INDEX injections_person ON injections (proposed_person, proposed_at);
CREATE INDEX injections_waiting ON injections (expires_at) WHERE state = 'waiting';
CREATE INDEX injections_latest ON injections (proposed_at, id);
CREATE INDEX injections_state ON injections (state, proposed_at, id);

-- By what an event came in, if not by its publisher alone: `injection:ID` or `dead_letter:ID`. The table is made anew,
-- as a publisher's id is searched for without its publisher too (R39).
CREATE TABLE new_events (
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
    facts text,
    origin text,
    UNIQUE (external_id, source)
);

INSERT INTO new_events (id, source, external_id, kind, organisation_number, organisation_id, recipient, occurred_at,
    received_at, expires_at, data, agreement_version, decisions, facts)
SELECT id, source, external_id, kind, organisation_number, organisation_id, recipient, occurred_at, received_at, expires_at,
    data, agreement_version, decisions, facts FROM events;

DROP TABLE events;
ALTER TABLE new_events RENAME TO events;
CREATE INDEX events_organisation ON events (organisation_id, id);
CREATE INDEX events_notices ON events (organisation_id, id) WHERE source = 'urn:bevaka:notices';

-- What operators search by, the newest first. Of a company that is not known there is only the number.
CREATE INDEX events_origin ON events (origin, id) WHERE origin IS NOT NULL;
CREATE INDEX events_not_by_publisher ON events (id) WHERE origin IS NOT NULL;
CREATE INDEX events_kind ON events (kind, id);
CREATE INDEX events_unknown ON events (organisation_number, id) WHERE organisation_id IS NULL;

-- Alerts are listed in the order of their events and contact points.
DROP INDEX deliveries_user;
CREATE INDEX deliveries_user ON deliveries (user_id, event_id, contact_id);
DROP INDEX deliveries_troubled;
CREATE INDEX deliveries_troubled ON deliveries (state, event_id, contact_id)
    WHERE state IN ('failed', 'expired', 'suppressed');

-- What became of a dead letter (R40), and as which event it was sent in again.
ALTER TABLE dead_letters ADD COLUMN state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'requeued', 'discarded'));
ALTER TABLE dead_letters ADD COLUMN ended_at text;
ALTER TABLE dead_letters ADD COLUMN ended_by text;
ALTER TABLE dead_letters ADD COLUMN ended_because text;
ALTER TABLE dead_letters ADD COLUMN mended_body blob;
ALTER TABLE dead_letters ADD COLUMN requeued_source text;
ALTER TABLE dead_letters ADD COLUMN requeued_id text;
CREATE INDEX dead_letters_open ON dead_letters (reason, id) WHERE state = 'open';

-- Channels that an operator has stopped; no row, or no time, means that it runs.
CREATE TABLE channel_pauses (
    channel text PRIMARY KEY CHECK (channel IN ('sms', 'email')),
    paused_at text NOT NULL,
    paused_by text NOT NULL,
    paused_because text NOT NULL
);

-- Written by the dispatcher alone: how the last attempts on each channel went, over all processes.
CREATE TABLE channel_health (
    channel text PRIMARY KEY CHECK (channel IN ('sms', 'email')),
    success_at text,
    failed_at text,
    cause text,
    channel_down boolean
);

-- Written by the dispatcher alone: what happened in each minute, added up over all processes.
CREATE TABLE figures (
    minute text NOT NULL,
    name text NOT NULL,
    value bigint NOT NULL,
    PRIMARY KEY (minute, name)
);

-- Written by the watches service: by which keyed hash a contact point is found, also after it is gone.
CREATE TABLE contact_lookups (
    contact_id blob PRIMARY KEY,
    user_id blob NOT NULL,
    address_hash blob NOT NULL
);

CREATE INDEX contact_lookups_address ON contact_lookups (address_hash, contact_id);

-- The trail is searched newest first, each search going on behind an entry.
DROP INDEX trail_at;
DROP INDEX trail_organisation;
DROP INDEX trail_subject;
CREATE INDEX trail_at ON trail (at, chain, seq);
CREATE INDEX trail_organisation ON trail (organisation_id, at, chain, seq);
CREATE INDEX trail_subject ON trail (subject, at, chain, seq);
CREATE INDEX trail_actor ON trail (actor, at, chain, seq);
CREATE INDEX trail_action ON trail (action, at, chain, seq);
