-- Written by the watches service alone.
CREATE TABLE contact_points (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id),
    channel text NOT NULL CHECK (channel IN ('sms', 'email')),
    address text NOT NULL,
    verified_at timestamptz,
    created_at timestamptz NOT NULL,
    -- Which contact point this one takes the place of, once it is confirmed.
    replaces uuid REFERENCES contact_points (id) ON DELETE SET NULL,
    UNIQUE (user_id, channel, address)
);

CREATE INDEX contact_points_replaces ON contact_points (replaces) WHERE replaces IS NOT NULL;

CREATE TABLE watches (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id),
    kind text NOT NULL,
    sms boolean NOT NULL,
    sms_contact_id uuid REFERENCES contact_points (id) ON DELETE SET NULL,
    email boolean NOT NULL,
    email_contact_id uuid REFERENCES contact_points (id) ON DELETE SET NULL,
    changed_at timestamptz NOT NULL,
    -- What it is narrowed to and when its alerts leave, as JSON; and since when it is switched off from a mail.
    settings text NOT NULL DEFAULT '{}',
    off_at timestamptz,
    UNIQUE (user_id, kind)
);

-- For removing a contact point, which clears it from the watches that use it.
CREATE INDEX watches_sms_contact ON watches (sms_contact_id);
CREATE INDEX watches_email_contact ON watches (email_contact_id);

-- All watches of a user are one document: its version tells a second saver that something changed meanwhile.
CREATE TABLE watch_sets (
    user_id uuid PRIMARY KEY REFERENCES users (id),
    version bigint NOT NULL,
    changed_at timestamptz NOT NULL
);

-- The code that confirms a contact point (R28): its hash, and what it is derived from by whoever has the key.
CREATE TABLE contact_codes (
    contact_id uuid PRIMARY KEY REFERENCES contact_points (id) ON DELETE CASCADE,
    code_id uuid NOT NULL,
    code_hash bytea NOT NULL,
    sent_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    tries_left bigint NOT NULL
);

-- By which keyed hash a contact point is found, also after it is gone.
CREATE TABLE contact_lookups (
    contact_id uuid PRIMARY KEY,
    user_id uuid NOT NULL,
    address_hash bytea NOT NULL
);

CREATE INDEX contact_lookups_address ON contact_lookups (address_hash, contact_id);

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
