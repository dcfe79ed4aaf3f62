-- Written by the agreements service alone.
CREATE TABLE organisations (
    id blob PRIMARY KEY,
    number text NOT NULL UNIQUE,
    name text NOT NULL,
    form text NOT NULL CHECK (form IN ('sole_trader', 'limited_company', 'partnership', 'association', 'other')),
    created_at text NOT NULL
);

CREATE TABLE users (
    id blob PRIMARY KEY,
    organisation_id blob NOT NULL REFERENCES organisations (id),
    reference text NOT NULL,
    name text NOT NULL,
    language text NOT NULL,
    access text NOT NULL CHECK (access IN ('unrestricted', 'restricted')),
    state text NOT NULL CHECK (state IN ('active', 'blocked', 'denied', 'expired')),
    created_at text NOT NULL,
    UNIQUE (organisation_id, reference)
);

CREATE TABLE user_permissions (
    user_id blob NOT NULL REFERENCES users (id),
    permission text NOT NULL,
    granted_at text NOT NULL,
    PRIMARY KEY (user_id, permission)
);

CREATE TABLE agreements (
    id blob PRIMARY KEY,
    organisation_id blob NOT NULL REFERENCES organisations (id),
    version bigint NOT NULL,
    held_through text NOT NULL CHECK (held_through IN ('private', 'corporate')),
    state text NOT NULL CHECK (state IN ('active', 'ended')),
    since text NOT NULL,
    ended_at text
);

-- A company has at most one agreement in force; ended ones stay readable (R18).
CREATE UNIQUE INDEX agreements_in_force ON agreements (organisation_id) WHERE state = 'active';

CREATE TABLE agreement_versions (
    agreement_id blob NOT NULL REFERENCES agreements (id),
    version bigint NOT NULL,
    scope text NOT NULL,
    effective_at text NOT NULL,
    PRIMARY KEY (agreement_id, version)
);
