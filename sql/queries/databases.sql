-- Whole databases: what they hold, what they are like, who uses them. Executed by psycopg itself: %(name)s.

-- name: content
-- The name of this transaction's snapshot, which server answers, and the moment.
SELECT pg_export_snapshot(), CAST(current_setting('server_version_num') AS int) / 10000,
       current_setting('server_version'), now()

-- name: tables
-- The tables whose rows are counted; a view's rows follow from them.
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY relname

-- name: form
-- Encoding and locale, in the words of CREATE DATABASE; the column of the locale has another name in PostgreSQL 17.
SELECT pg_encoding_to_char(d.encoding), CASE d.datlocprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END,
       d.datcollate, d.datctype, coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale')
FROM pg_database d WHERE d.datname = %(name)s

-- name: users
-- Programs that are connected to a database, those with most connections first.
SELECT coalesce(nullif(application_name, ''), 'unnamed'), count(*)
FROM pg_stat_activity WHERE datname = %(name)s AND backend_type = 'client backend' AND pid <> pg_backend_pid()
GROUP BY 1 ORDER BY 2 DESC, 1

-- name: sequences
-- The last number of each sequence that has handed one out.
SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL

-- name: go_on_behind
-- A sequence goes on behind this number, unless it is further already, or is none of this schema's.
SELECT setval(format('%%I.%%I', schemaname, sequencename)::regclass, %(last)s)
FROM pg_sequences
WHERE schemaname = 'public' AND sequencename = %(name)s AND coalesce(last_value, 0) < %(last)s
