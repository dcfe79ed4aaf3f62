-- Written by the watches service alone.
CREATE TABLE contact_points (
    id blob PRIMARY KEY,
    user_id blob NOT NULL REFERENCES users (id),
    channel text NOT NULL CHECK (channel IN ('sms', 'email')),
    address text NOT NULL,
    verified_at text,
    created_at text NOT NULL,
    UNIQUE (user_id, channel, address)
);

CREATE TABLE watches (
    id blob PRIMARY KEY,
    user_id blob NOT NULL REFERENCES users (id),
    kind text NOT NULL,
    sms boolean NOT NULL,
    sms_contact_id blob REFERENCES contact_points (id) ON DELETE SET NULL,
    email boolean NOT NULL,
    email_contact_id blob REFERENCES contact_points (id) ON DELETE SET NULL,
    changed_at text NOT NULL,
    UNIQUE (user_id, kind)
);

-- For removing a contact point, which clears it from the watches that use it.
CREATE INDEX watches_sms_contact ON watches (sms_contact_id);
CREATE INDEX watches_email_contact ON watches (email_contact_id);
