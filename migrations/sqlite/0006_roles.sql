-- Who may do what. SQLite has no roles: there everything is one process.
-- Only on SQLite.
SELECT 1;
-- On both again.
