-- What a watch is narrowed to and when its alerts leave, as JSON; and since when it is switched off from a mail.
ALTER TABLE watches ADD COLUMN settings text NOT NULL DEFAULT '{}';
ALTER TABLE watches ADD COLUMN off_at timestamptz;

-- Written by the watches service alone, as all below. All watches of a user are one document: its version tells a
-- second saver that something changed meanwhile.
CREATE TABLE watch_sets (
    user_id uuid PRIMARY KEY REFERENCES users (id),
    version bigint NOT NULL,
    changed_at timestamptz NOT NULL
);

-- Which contact point this one takes the place of, once it is confirmed.
ALTER TABLE contact_points ADD COLUMN replaces uuid REFERENCES contact_points (id) ON DELETE SET NULL;
CREATE INDEX contact_points_replaces ON contact_points (replaces) WHERE replaces IS NOT NULL;

-- The code that confirms a contact point (R28): its hash, and what it is derived from by whoever has the key.
CREATE TABLE contact_codes (
    contact_id uuid PRIMARY KEY REFERENCES contact_points (id) ON DELETE CASCADE,
    code_id uuid NOT NULL,
    code_hash bytea NOT NULL,
    sent_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    tries_left bigint NOT NULL
);

-- How often something was sent at a user's wish, for the limits; addresses by their keyed hash.
CREATE TABLE asked_sendings (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id),
    address_hash bytea NOT NULL,
    what text NOT NULL CHECK (what IN ('code', 'test')),
    sent_at timestamptz NOT NULL
);

CREATE INDEX asked_sendings_user ON asked_sendings (user_id, sent_at);
CREATE INDEX asked_sendings_address ON asked_sendings (address_hash, sent_at);

-- That an administrator found a company's watches still right.
CREATE TABLE coverage_reviews (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    reviewed_by uuid NOT NULL REFERENCES users (id),
    reviewed_at timestamptz NOT NULL
);

CREATE INDEX coverage_reviews_organisation ON coverage_reviews (organisation_id, reviewed_at);

-- Written by the dispatcher. What of an event's data watches are narrowed by, as JSON; none if there is nothing.
ALTER TABLE events ADD COLUMN facts text;
-- A company's events, the newest first: ids grow with time.
CREATE INDEX events_organisation ON events (organisation_id, id);
-- What Bevaka itself tells a company's users, which is not counted among its alerts.
CREATE INDEX events_notices ON events (organisation_id, id) WHERE source = 'urn:bevaka:notices';

-- A user's alerts, in the order in which their events were recorded.
CREATE INDEX deliveries_user ON deliveries (user_id, event_id);

-- Alerts that leave together as one message. What waits to be gathered, and parcels on their way, are not for the
-- ordinary queue.
ALTER TABLE deliveries ADD COLUMN parcel uuid;
CREATE INDEX deliveries_parcel ON deliveries (parcel) WHERE parcel IS NOT NULL;
CREATE INDEX deliveries_parcel_due ON deliveries (channel, due_at) WHERE parcel IS NOT NULL AND due_at IS NOT NULL;
CREATE INDEX deliveries_gathered_due ON deliveries (channel, due_at)
    WHERE cause = 'digest' AND parcel IS NULL AND due_at IS NOT NULL;
CREATE INDEX deliveries_gathered ON deliveries (contact_id)
    WHERE cause = 'digest' AND parcel IS NULL AND due_at IS NOT NULL;

GRANT SELECT, INSERT, UPDATE, DELETE ON watch_sets, contact_codes, asked_sendings TO bevaka_watches;
GRANT SELECT, INSERT ON coverage_reviews TO bevaka_watches;
-- Whose page it is, and who may connect the company.
GRANT SELECT (id, name) ON persons TO bevaka_watches;
GRANT SELECT ON signing_rules TO bevaka_watches;
