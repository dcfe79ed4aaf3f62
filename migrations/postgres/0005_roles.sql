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
    END LOOP;
END $$;

GRANT INSERT, UPDATE, DELETE ON organisations, users, user_permissions, agreements, agreement_versions TO bevaka_agreements;
GRANT SELECT ON watches, contact_points TO bevaka_dispatcher, bevaka_operators, bevaka_agreements;
GRANT SELECT, INSERT, UPDATE, DELETE ON watches, contact_points TO bevaka_watches;
GRANT SELECT, INSERT, UPDATE ON events, deliveries, dead_letters TO bevaka_dispatcher;
GRANT SELECT ON events, deliveries TO bevaka_watches, bevaka_operators;
GRANT SELECT ON dead_letters TO bevaka_operators;
