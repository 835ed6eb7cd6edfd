-- What a restored database has to forget of the moment when it was backed up, and when that was.

-- name: give_back
-- Jobs that ran at the backup's moment: nothing of them is in it, so they wait again. It is nobody's crash.
WITH mine AS (
    SELECT id, worker_id, CASE
        WHEN cancel_requested_at IS NOT NULL THEN 'cancelled'
        WHEN EXISTS (SELECT FROM jobs o WHERE o.unique_key = j.unique_key AND o.state IN ('waiting', 'delayed'))
            THEN 'superseded'
        ELSE 'waiting' END AS verdict
    FROM jobs j WHERE state = 'active'
), moved AS (
    UPDATE jobs j
    SET state = CASE verdict WHEN 'superseded' THEN 'cancelled' ELSE verdict END, worker_id = NULL, lease_until = NULL,
        progress = NULL, finished_at = CASE verdict WHEN 'waiting' THEN NULL ELSE clock_timestamp() END,
        reason = CASE verdict WHEN 'waiting' THEN NULL ELSE verdict END
    FROM mine WHERE j.id = mine.id
    RETURNING j.id, j.state, j.attempt, mine.worker_id
)
INSERT INTO job_events (job_id, from_state, to_state, attempt, worker_id, why)
SELECT id, 'active', state, attempt, worker_id, 'it ran when the backup was taken that is restored now' FROM moved;

-- name: forget_workers
-- The processes of the backup's moment: one that still lives finds its row gone, and ends to be replaced.
DELETE FROM workers WHERE stopped_at IS NULL;

-- name: settle_foreign_events
-- Events from another server whose transaction numbers this one has yet to reach: streams would wait for those.
UPDATE job_events SET xid = '3' WHERE xid >= pg_snapshot_xmax(pg_current_snapshot()) AND xid <> pg_current_xact_id();

-- name: last_success
-- The moment of the newest backup, or of the one that was restored since: this database holds nothing older.
SELECT max(CAST(after ->> 'created_at' AS timestamptz)) FROM audit_events
WHERE object_type = 'backup' AND action IN ('backup.create', 'backup.restore');
