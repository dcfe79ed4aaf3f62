-- Which bus the events of this database travel by: recorded by the first service that starts, asked by every other one.
-- On two buses, what one publishes nobody reads. Only the owner takes it back (`bevaka migrate --forget-bus`).
CREATE TABLE bus_of_database (
    -- One row at most.
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    bus text NOT NULL,
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL
);

GRANT SELECT, INSERT ON bus_of_database TO bevaka_agreements, bevaka_watches, bevaka_dispatcher, bevaka_operators;
