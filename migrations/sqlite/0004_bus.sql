-- The table bus: every process may publish, the reader of a queue removes what it has done with.
CREATE TABLE bus_messages (
    id integer PRIMARY KEY AUTOINCREMENT,
    queue text NOT NULL,
    message_id text NOT NULL,
    body blob NOT NULL,
    reason text,
    deliveries bigint NOT NULL,
    locked_until text,
    published_at text NOT NULL
);

CREATE INDEX bus_messages_queue ON bus_messages (queue, id);
