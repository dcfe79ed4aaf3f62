-- The table bus: every process may publish, the reader of a queue removes what it has done with.
CREATE TABLE bus_messages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    queue text NOT NULL,
    message_id text NOT NULL,
    body bytea NOT NULL,
    reason text,
    deliveries bigint NOT NULL,
    locked_until timestamptz,
    published_at timestamptz NOT NULL
);

CREATE INDEX bus_messages_queue ON bus_messages (queue, id);
