-- Written by the watches service alone.
CREATE TABLE contact_points (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id),
    channel text NOT NULL,
    address text NOT NULL,
    verified_at timestamptz,
    created_at timestamptz NOT NULL,
    UNIQUE (user_id, channel, address)
);

CREATE TABLE watches (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id),
    kind text NOT NULL,
    sms boolean NOT NULL,
    sms_contact_id uuid REFERENCES contact_points (id) ON DELETE SET NULL,
    email boolean NOT NULL,
    email_contact_id uuid REFERENCES contact_points (id) ON DELETE SET NULL,
    changed_at timestamptz NOT NULL,
    UNIQUE (user_id, kind)
);
