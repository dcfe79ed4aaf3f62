-- SQLite has no roles; the pair of this file gives each service its own on PostgreSQL.
SELECT 1;
