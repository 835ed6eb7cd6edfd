-- What `doctor` and `status` ask the server.

-- name: server
-- Version, connections in use and allowed, settings that durability rests on.
SELECT current_setting('server_version') AS version, CAST(current_setting('server_version_num') AS int) AS number,
       CAST(current_setting('max_connections') AS int) AS max_connections,
       (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections,
       current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS synchronous_commit,
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
