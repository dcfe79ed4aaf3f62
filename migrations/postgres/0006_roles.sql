-- Who may do what. SQLite has no roles: there everything is one process.
-- Only on PostgreSQL.
-- One role for each service: reads what it needs, writes only its own tables. Roles belong to the whole server,
-- so another database of it may have made them, even at this moment.
DO $$
DECLARE service text;
BEGIN
    FOREACH service IN ARRAY ARRAY['bevaka_agreements', 'bevaka_watches', 'bevaka_dispatcher', 'bevaka_operators'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', service);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
        -- Whoever migrates may become each service, also without being a superuser.
        IF NOT pg_has_role(current_user, service, 'USAGE') THEN
            BEGIN
                EXECUTE format('GRANT %I TO CURRENT_USER', service);
            EXCEPTION WHEN unique_violation THEN
                NULL;
            END;
        END IF;
        EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', service);
        EXECUTE format('GRANT SELECT ON organisations, users, user_permissions, agreements, agreement_versions TO %I', service);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON bus_messages TO %I', service);
        EXECUTE format('GRANT SELECT, INSERT ON bus_of_database TO %I', service);
    END LOOP;
END $$;

GRANT INSERT, UPDATE, DELETE ON organisations, users, user_permissions, agreements, agreement_versions TO bevaka_agreements;
GRANT SELECT, INSERT, UPDATE ON persons, signing_rules, tokens TO bevaka_agreements;
GRANT SELECT, INSERT ON orders, order_signatures TO bevaka_agreements;
GRANT UPDATE (state, ended_at) ON orders TO bevaka_agreements;
GRANT SELECT, INSERT, UPDATE, DELETE ON attempts, sessions, idempotent_answers TO bevaka_agreements;
GRANT SELECT ON watches, contact_points TO bevaka_agreements;

GRANT SELECT, INSERT, UPDATE, DELETE ON watches, contact_points, watch_sets, contact_codes, asked_sendings TO bevaka_watches;
GRANT SELECT, INSERT, UPDATE ON contact_lookups TO bevaka_watches;
GRANT SELECT, INSERT ON coverage_reviews TO bevaka_watches;
GRANT SELECT ON events, deliveries TO bevaka_watches;
-- Who is signed in, that a session is used, whose page it is, and who may connect the company.
GRANT SELECT ON sessions TO bevaka_watches;
GRANT UPDATE (last_used_at) ON sessions TO bevaka_watches;
GRANT SELECT (id, name) ON persons TO bevaka_watches;
GRANT SELECT ON signing_rules TO bevaka_watches;

GRANT SELECT, INSERT ON events, deliveries, dead_letters TO bevaka_dispatcher;
GRANT UPDATE ON deliveries TO bevaka_dispatcher;
GRANT SELECT, INSERT, UPDATE, DELETE ON figures, channel_health TO bevaka_dispatcher;
GRANT SELECT ON watches, contact_points, channel_pauses TO bevaka_dispatcher;

GRANT SELECT, INSERT, UPDATE, DELETE ON client_tokens, operator_sessions, injections, channel_pauses TO bevaka_operators;
GRANT SELECT ON watches, contact_points, contact_lookups, events, deliveries, dead_letters, figures, channel_health TO bevaka_operators;
-- What operators repair: an alert is tried again, stopped, or made for whoever is owed one; a dead letter is dealt with.
GRANT INSERT ON deliveries TO bevaka_operators;
GRANT UPDATE (state, cause, reference, attempts, possible_duplicate, due_at, history, parcel, changed_at) ON deliveries TO bevaka_operators;
GRANT UPDATE (state, ended_at, ended_by, ended_because, mended_body, requeued_source, requeued_id) ON dead_letters TO bevaka_operators;

GRANT SELECT, INSERT ON trail TO bevaka_agreements, bevaka_watches, bevaka_operators;
GRANT SELECT, UPDATE ON trail_heads TO bevaka_agreements, bevaka_watches, bevaka_operators;
GRANT SELECT, INSERT, UPDATE, DELETE ON outbox TO bevaka_agreements, bevaka_watches, bevaka_operators;

-- Every row has one writer: each role sees and changes its own rows of the outbox, and continues its own chain.
ALTER TABLE outbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE trail ENABLE ROW LEVEL SECURITY;
ALTER TABLE trail_heads ENABLE ROW LEVEL SECURITY;
CREATE POLICY trail_is_read_by_all ON trail FOR SELECT USING (true);
CREATE POLICY trail_heads_are_read_by_all ON trail_heads FOR SELECT USING (true);
DO $$
DECLARE service text;
BEGIN
    FOREACH service IN ARRAY ARRAY['agreements', 'watches', 'operators'] LOOP
        EXECUTE format('CREATE POLICY %I ON outbox TO %I USING (writer = %L)',
            service, 'bevaka_' || service, service);
        EXECUTE format('CREATE POLICY %I ON trail FOR INSERT TO %I WITH CHECK (chain = %L)',
            service, 'bevaka_' || service, service);
        EXECUTE format('CREATE POLICY %I ON trail_heads FOR UPDATE TO %I USING (chain = %L)',
            service, 'bevaka_' || service, service);
    END LOOP;
END $$;
-- On both again.
