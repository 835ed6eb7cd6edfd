-- What `doctor` and `status` ask the server.

-- name: server
-- Version, connections in use and allowed, settings that durability rests on.
SELECT current_setting('server_version') AS version, CAST(current_setting('server_version_num') AS int) AS number,
       CAST(current_setting('max_connections') AS int) AS max_connections,
       (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections,
       current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes,
       current_setting('synchronous_commit') AS synchronous_commit,
       pg_encoding_to_char(encoding) AS encoding
FROM pg_database WHERE datname = current_database();

-- name: oldest_transaction
-- The oldest open transaction of this database: it keeps migrations and vacuum waiting.
SELECT pid, application_name, extract(epoch FROM clock_timestamp() - xact_start) AS seconds
FROM pg_stat_activity
WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()
ORDER BY xact_start LIMIT 1;

-- name: unapplied
-- Published drives whose newest selection was not applied and will not be by itself.
SELECT d.id, d.code, r.number, r.job_id, coalesce(j.state, 'gone') AS job_state
FROM placement_drives d
JOIN LATERAL (SELECT * FROM publish_requests p WHERE p.drive_id = d.id ORDER BY number DESC LIMIT 1) r ON true
LEFT JOIN jobs j ON j.id = r.job_id
WHERE d.status IN ('posted', 'paused') AND NOT d.is_test AND r.applied_at IS NULL
  AND coalesce(j.state, 'gone') NOT IN ('waiting', 'delayed', 'active')
ORDER BY d.id LIMIT 20;

-- name: drives_by_status
-- How many drives are in each status, and how many take registrations now.
SELECT status, count(*) AS drives,
       count(*) FILTER (WHERE status = 'posted' AND reg_opens_at <= clock_timestamp()
                        AND clock_timestamp() < reg_closes_at) AS open
FROM placement_drives WHERE NOT is_test GROUP BY status ORDER BY status;

-- name: clock
-- The server's clock, now.
SELECT clock_timestamp();

-- name: zone
-- Whether the server knows a time zone: a name that it does not know would be an error where it is used.
SELECT EXISTS (SELECT FROM pg_timezone_names WHERE name = :zone);

-- name: vacuum
-- Whether autovacuum works, and the tables for which somebody has switched it off.
SELECT current_setting('autovacuum')::boolean AND current_setting('track_counts')::boolean AS running,
       ARRAY(SELECT relname::text FROM pg_class
             WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'm')
               AND reloptions @> ARRAY['autovacuum_enabled=false']
             ORDER BY relname) AS without;

-- name: missed_ticks
-- Ticks of the last day that came while nobody kept time: folded into a later one, or over when somebody came.
SELECT schedule, sum(missed) + count(*) FILTER (WHERE outcome = 'late') AS missed
FROM schedule_fires WHERE fired_at > now() - interval '1 day'
GROUP BY schedule HAVING sum(missed) + count(*) FILTER (WHERE outcome = 'late') > 0 ORDER BY schedule;

-- name: stale_views
-- Views that were never refreshed, or not for three hours (they are due each hour) although their data has changed.
SELECT v.view, v.as_of
FROM view_refreshes v JOIN pg_class m ON m.relname = v.view AND m.relnamespace = 'public'::regnamespace
WHERE v.as_of IS NULL OR NOT m.relispopulated
   OR v.as_of < now() - interval '3 hours' AND EXISTS (
       SELECT FROM data_changes d JOIN view_sources o ON o.table_name = d.table_name AND o.view = v.view
       WHERE NOT pg_visible_in_snapshot(d.xid, v.seen))
ORDER BY v.view;

-- name: views_as_of
-- The moment whose data the oldest view shows; NULL while one was never refreshed.
SELECT CASE WHEN count(as_of) = count(*) THEN min(as_of) END FROM view_refreshes;

-- name: overdue_exports
-- Files whose time has been over for longer than the hourly job takes to remove them.
SELECT count(*) FROM exports WHERE expires_at < now() - interval '3 hours' AND removed_at IS NULL;

-- name: administrators
-- How many administrators can sign in.
SELECT count(*) FROM users WHERE role = 'ADMIN' AND active AND password_hash IS NOT NULL;

-- name: handed_out_passwords
-- People who still have the password that somebody else was told, a week after they came; the first to come first.
SELECT email FROM users
WHERE password_temporary AND active AND created_at < now() - interval '7 days' ORDER BY created_at, id;
