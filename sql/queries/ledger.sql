-- The job ledger: every transition of a job is one of these statements, and writes its row in job_events.
-- A move out of 'active' always carries the fence: id, attempt and state as the claim left them.

-- name: hold_open
-- No drain of these types begins before this transaction ends. What a drain that was waited for has changed is seen by
-- the next statement only.
SELECT pg_advisory_xact_lock_shared(:lock_class, hashtext(name))
FROM (SELECT name FROM unnest(CAST(:types AS text[])) AS t (name) WHERE name IS NOT NULL ORDER BY name) held;

-- name: close_off
-- Wait for the transactions that may be adding jobs of these types, and let no other one begin to.
SELECT pg_advisory_xact_lock(:lock_class, hashtext(name))
FROM (SELECT name FROM unnest(CAST(:types AS text[])) AS t (name) ORDER BY name) held;

-- name: draining
-- Those of these types that accept nothing new.
SELECT name AS closed, draining_by, draining_reason FROM job_types
WHERE draining_at IS NOT NULL AND name = ANY(:types) ORDER BY name;

-- name: enqueue
-- A new waiting job; no row when a job with the same key waits already. Where its type, or the one that its completion
-- leads to, is draining: that instead of an id. What a job's completion asks for is accepted all the same.
WITH closed AS (
    SELECT name, draining_by, draining_reason FROM job_types
    WHERE CAST(:parent_id AS bigint) IS NULL AND draining_at IS NOT NULL AND name IN (:type, CAST(:leads_to AS text))
    ORDER BY name LIMIT 1
), added AS (
    INSERT INTO jobs (type, payload, unique_key, drive_id, parent_id, leads_to, created_by, request_id)
    SELECT :type, CAST(:payload AS jsonb), CAST(:unique_key AS text), CAST(:drive_id AS int), CAST(:parent_id AS bigint),
           CAST(:leads_to AS text), :created_by, CAST(:request_id AS text)
    WHERE NOT EXISTS (SELECT FROM closed)
    ON CONFLICT (unique_key) WHERE state IN ('waiting', 'delayed') DO NOTHING
    RETURNING id
), event AS (
    INSERT INTO job_events (job_id, to_state, why) SELECT id, 'waiting', 'asked for by ' || :created_by FROM added
)
SELECT id, NULL AS closed, NULL AS draining_by, NULL AS draining_reason FROM added
UNION ALL SELECT NULL, name, draining_by, draining_reason FROM closed;

-- name: waiting_with_key
-- The job that answers for a key; locked, so that it cannot start before the asking transaction is visible to it.
SELECT id FROM jobs WHERE unique_key = :unique_key AND state IN ('waiting', 'delayed') FOR SHARE;

-- name: claim
-- The next waiting job of a type (or the one with :id) becomes active under a new attempt.
-- A job that lost two workers is only handed to a process where it runs alone; a worker that was given up gets nothing
-- before it beats again. BETWEEN, because this order then comes from the index of waiting jobs alone: by id the planner
-- may walk all that ever finished.
WITH next AS (
    SELECT j.id, t.max_seconds
    FROM jobs j JOIN job_types t ON t.name = :type
    WHERE j.type BETWEEN :type AND :type AND j.state = 'waiting' AND t.paused_at IS NULL
      AND coalesce(j.id = CAST(:id AS bigint), true)
      AND (:alone OR cardinality(j.crashed_by) < 2)
      AND EXISTS (SELECT FROM workers w WHERE w.id = :worker AND w.stopped_at IS NULL AND w.lost_at IS NULL
                  AND w.lease_until > clock_timestamp())
      AND (j.unique_key IS NULL OR NOT EXISTS (
          SELECT FROM jobs a WHERE a.unique_key = j.unique_key AND a.state = 'active'))
    ORDER BY j.type, j.id
    LIMIT 1
    FOR UPDATE OF j SKIP LOCKED
), claimed AS (
    UPDATE jobs j
    SET state = 'active', attempt = j.attempt + 1, worker_id = :worker, started_at = clock_timestamp(),
        lease_until = clock_timestamp() + make_interval(secs => :lease), progress = NULL, reason = NULL, error = NULL
    FROM next WHERE j.id = next.id
    RETURNING j.id, j.type, j.attempt, j.payload, j.drive_id, j.created_by, j.request_id, next.max_seconds, j.failures
), event AS (
    INSERT INTO job_events (job_id, from_state, to_state, attempt, worker_id)
    SELECT id, 'waiting', 'active', attempt, :worker FROM claimed
)
SELECT * FROM claimed;

-- name: complete
-- The fence, last statement of the effects transaction: no row means that the effects must be rolled back.
WITH done AS (
    UPDATE jobs
    SET state = 'completed', finished_at = clock_timestamp(), result = CAST(:result AS jsonb),
        worker_id = NULL, lease_until = NULL, progress = NULL
    WHERE id = :id AND attempt = :attempt AND state = 'active' AND cancel_requested_at IS NULL
    RETURNING id
), event AS (
    INSERT INTO job_events (job_id, from_state, to_state, attempt, worker_id, why)
    SELECT id, 'active', 'completed', :attempt, :worker, :why FROM done
)
SELECT id FROM done;

-- name: leave_active
-- An attempt ends without its effects: back to the queue, later, failed or cancelled, whichever the row's state says.
WITH mine AS (
    SELECT id, CASE
        WHEN cancel_requested_at IS NOT NULL THEN 'cancelled'
        WHEN :final OR failures + :failed >= :max_failures THEN 'failed'
        WHEN EXISTS (SELECT FROM jobs o WHERE o.unique_key = j.unique_key AND o.state IN ('waiting', 'delayed'))
            THEN 'superseded'
        WHEN :delay > 0 THEN 'delayed'
        ELSE 'waiting' END AS verdict, progress ->> 'phase' AS phase
    FROM jobs j
    WHERE id = :id AND attempt = :attempt AND state = 'active'
    FOR UPDATE
), moved AS (
    UPDATE jobs j
    SET state = CASE verdict WHEN 'superseded' THEN 'cancelled' ELSE verdict END,
        failures = j.failures + :failed, worker_id = NULL, lease_until = NULL,
        run_at = CASE verdict WHEN 'delayed' THEN clock_timestamp() + make_interval(secs => :delay) END,
        finished_at = CASE WHEN verdict IN ('failed', 'cancelled', 'superseded') THEN clock_timestamp() END,
        reason = CASE verdict WHEN 'cancelled' THEN 'cancelled' WHEN 'superseded' THEN 'superseded' ELSE :reason END,
        error = :error
    FROM mine WHERE j.id = mine.id
    RETURNING j.id, j.state, mine.verdict, mine.phase
), event AS (
    INSERT INTO job_events (job_id, from_state, to_state, attempt, worker_id, why)
    SELECT id, 'active', state, :attempt, :worker,
           CASE verdict WHEN 'cancelled' THEN 'cancelled, nothing applied'
                        WHEN 'superseded' THEN 'a newer job for the same input waits'
                        ELSE :why || coalesce(' (while ' || phase || ')', '') END
    FROM moved
)
SELECT state FROM moved;

-- name: beat_worker
-- The worker lives; tells it when others had given it up.
UPDATE workers
SET beat_at = clock_timestamp(), lease_until = clock_timestamp() + make_interval(secs => :lease),
    redis_down_since = CASE WHEN :redis_down THEN coalesce(redis_down_since, clock_timestamp()) END
WHERE id = :worker
RETURNING lost_at IS NOT NULL AS lost;

-- name: take_back_crash
-- A worker that was given up beats again: what it lost was not a crash; a job parked for it waits again (of several
-- for one input the newest), unless its type is draining.
-- A job that has ended since keeps no mark of it either. While somebody holds one of the rows the worker stays lost,
-- and its next beat sees to the rest.
WITH mine AS (
    SELECT j.id, j.state = 'failed' AND j.reason = 'poison' AND NOT EXISTS (
        SELECT FROM jobs o WHERE o.unique_key = j.unique_key AND o.state IN ('waiting', 'delayed'))
      AND NOT EXISTS (
        SELECT FROM jobs n WHERE n.unique_key = j.unique_key AND n.id > j.id AND n.state = 'failed'
        AND n.reason = 'poison' AND n.crashed_by @> ARRAY[CAST(:worker AS int)])
      AND NOT EXISTS (
        SELECT FROM job_types t WHERE t.name IN (j.type, j.leads_to) AND t.draining_at IS NOT NULL) AS revive
    FROM jobs j WHERE j.crashed_by @> ARRAY[CAST(:worker AS int)] AND (
        j.state IN ('waiting', 'active', 'delayed', 'failed')
        OR j.finished_at >= (SELECT lost_at - interval '1 second' FROM workers WHERE id = :worker))
    FOR UPDATE SKIP LOCKED
), cleared AS (
    UPDATE jobs j
    SET crashed_by = array_remove(j.crashed_by, CAST(:worker AS int)),
        state = CASE WHEN revive THEN 'waiting' ELSE j.state END,
        finished_at = CASE WHEN revive THEN NULL ELSE j.finished_at END,
        reason = CASE WHEN revive THEN NULL ELSE j.reason END,
        error = CASE WHEN revive THEN NULL ELSE j.error END
    FROM mine WHERE j.id = mine.id
    RETURNING j.id, j.attempt, revive
), event AS (
    INSERT INTO job_events (job_id, from_state, to_state, attempt, worker_id, why)
    SELECT id, 'failed', 'waiting', attempt, :worker, 'its worker was alive after all' FROM cleared WHERE revive
)
UPDATE workers SET lost_at = NULL
WHERE id = :worker AND (SELECT count(*) FROM cleared) = (
    SELECT count(*) FROM jobs j WHERE j.crashed_by @> ARRAY[CAST(:worker AS int)] AND (
        j.state IN ('waiting', 'active', 'delayed', 'failed')
        OR j.finished_at >= (SELECT lost_at - interval '1 second' FROM workers WHERE id = :worker)));

-- name: held_beside
-- Jobs that a worker has held for :age seconds without knowing it: beside those of its threads.
SELECT j.id, j.type, j.attempt, j.payload, j.drive_id, j.created_by, j.request_id, t.max_seconds, j.failures
FROM jobs j JOIN job_types t ON t.name = j.type
WHERE j.worker_id = :worker AND j.state = 'active' AND NOT j.id = ANY(:known)
  AND j.started_at <= clock_timestamp() - make_interval(secs => :age);

-- name: beat_jobs
-- Renew the leases of the jobs this process works on and write their progress; rows that somebody holds are passed over.
WITH mine AS (
    SELECT * FROM unnest(CAST(:ids AS bigint[]), CAST(:attempts AS int[]), CAST(:progress AS text[]))
        AS m (id, attempt, progress)
), held AS (
    SELECT j.id, m.progress FROM jobs j JOIN mine m ON m.id = j.id AND m.attempt = j.attempt
    WHERE j.state = 'active'
    FOR UPDATE OF j SKIP LOCKED
)
UPDATE jobs j
SET lease_until = clock_timestamp() + make_interval(secs => :lease),
    progress = coalesce(CAST(held.progress AS jsonb), j.progress)
FROM held WHERE j.id = held.id;

-- name: unwanted_jobs
-- Which of these attempts must stop: cancelled, or no longer this process's own.
SELECT m.id, m.attempt
FROM unnest(CAST(:ids AS bigint[]), CAST(:attempts AS int[])) AS m (id, attempt)
LEFT JOIN jobs j ON j.id = m.id AND j.attempt = m.attempt AND j.state = 'active'
WHERE j.id IS NULL OR j.cancel_requested_at IS NOT NULL;

-- name: take_from_dead
-- Jobs of workers whose lock is free or whose lease is over go back to the queue; the third lost worker parks the job.
-- Of a worker behind a connection pooler only the lease counts. Not within one lease of a start of PostgreSQL: it
-- frees the locks of living workers.
WITH settled AS (
    SELECT clock_timestamp() > pg_postmaster_start_time() + make_interval(secs => :lease) AS yes
), dead AS (
    SELECT w.id FROM workers w, settled
    WHERE settled.yes AND w.stopped_at IS NULL AND (
        w.lease_until < clock_timestamp()
        OR NOT w.lease_only AND NOT EXISTS (
            SELECT FROM pg_locks l
            WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
              AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND l.classid = CAST(CAST(:lock_class AS int) AS oid) AND l.objid = CAST(w.id AS oid)))
), marked AS (
    UPDATE workers SET lost_at = clock_timestamp() WHERE id IN (SELECT id FROM dead) AND lost_at IS NULL
), orphans AS (
    SELECT j.id, j.worker_id, CASE
        WHEN j.cancel_requested_at IS NOT NULL THEN 'cancelled'
        WHEN cardinality(j.crashed_by) + 1 >= :max_crashes THEN 'failed'
        WHEN EXISTS (SELECT FROM jobs o WHERE o.unique_key = j.unique_key AND o.state IN ('waiting', 'delayed'))
            THEN 'superseded'
        ELSE 'waiting' END AS verdict, j.progress ->> 'phase' AS phase
    FROM jobs j, settled
    WHERE j.state = 'active' AND settled.yes
      AND (j.worker_id IN (SELECT id FROM dead) OR j.lease_until < clock_timestamp())
    FOR UPDATE OF j SKIP LOCKED
), moved AS (
    UPDATE jobs j
    SET state = CASE verdict WHEN 'superseded' THEN 'cancelled' ELSE verdict END,
        crashed_by = j.crashed_by || orphans.worker_id, worker_id = NULL, lease_until = NULL, progress = NULL,
        finished_at = CASE verdict WHEN 'waiting' THEN NULL ELSE clock_timestamp() END,
        reason = CASE verdict WHEN 'failed' THEN 'poison' WHEN 'cancelled' THEN 'cancelled'
                              WHEN 'superseded' THEN 'superseded' END,
        error = CASE verdict WHEN 'failed' THEN 'three workers died while running it: '
                    || array_to_string(j.crashed_by || orphans.worker_id, ', ') END
    FROM orphans WHERE j.id = orphans.id
    RETURNING j.id, j.type, j.state, j.attempt, orphans.worker_id, orphans.phase
), event AS (
    INSERT INTO job_events (job_id, from_state, to_state, attempt, worker_id, why)
    SELECT id, 'active', state, attempt, worker_id, 'its worker died' || coalesce(' (while ' || phase || ')', '') FROM moved
)
SELECT id, type, state, worker_id FROM moved;

-- name: end_sessions
-- Whoever takes a job over ends what the loser may still hold.
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE application_name = ANY(:applications) AND datname = current_database() AND pid <> pg_backend_pid();

-- name: promote_due
-- Delayed jobs whose time has come wait again.
WITH due AS (
    SELECT id FROM jobs WHERE state = 'delayed' AND run_at <= clock_timestamp()
    ORDER BY run_at LIMIT 500 FOR UPDATE SKIP LOCKED
), moved AS (
    UPDATE jobs j SET state = 'waiting', run_at = NULL FROM due WHERE j.id = due.id RETURNING j.id, j.attempt
)
INSERT INTO job_events (job_id, from_state, to_state, attempt, why)
SELECT id, 'delayed', 'waiting', attempt, 'its time has come' FROM moved;

-- name: due_types
-- For each type that is not paused and has waiting jobs: how many (counted up to :enough) and whether one must run alone.
SELECT t.name AS type, w.waiting,
       EXISTS (SELECT FROM jobs j WHERE j.type = t.name AND j.state = 'waiting' AND cardinality(j.crashed_by) >= 2)
           AS suspect
FROM job_types t
CROSS JOIN LATERAL (
    SELECT count(*) AS waiting FROM (
        SELECT FROM jobs j WHERE j.type = t.name AND j.state = 'waiting' LIMIT :enough
    ) counted
) w
WHERE t.paused_at IS NULL AND w.waiting > 0;

-- name: cancel
-- Waiting and delayed jobs are cancelled at once; an active one is asked to stop. What is set follows from the updated
-- row alone: of a row that changed while its lock was waited for, PostgreSQL first tries its old version beside the new
-- state from `wanted`, and CHECKs see that mixture.
WITH wanted AS (
    SELECT id, state FROM jobs WHERE id = ANY(:ids) AND state IN ('waiting', 'delayed', 'active')
    ORDER BY id FOR UPDATE
), moved AS (
    UPDATE jobs j
    SET state = CASE j.state WHEN 'active' THEN 'active' ELSE 'cancelled' END,
        finished_at = CASE j.state WHEN 'active' THEN NULL ELSE clock_timestamp() END,
        reason = CASE j.state WHEN 'active' THEN NULL ELSE 'cancelled' END, run_at = NULL,
        cancel_requested_at = coalesce(j.cancel_requested_at, clock_timestamp()),
        cancel_requested_by = coalesce(j.cancel_requested_by, :by)
    FROM wanted WHERE j.id = wanted.id
    RETURNING j.id, j.state, j.attempt, wanted.state AS before
), event AS (
    INSERT INTO job_events (job_id, from_state, to_state, attempt, why)
    SELECT id, before, state, attempt,
           CASE state WHEN 'active' THEN 'cancel requested by ' ELSE 'cancelled by ' END || :by
    FROM moved
)
SELECT id, CASE state WHEN 'active' THEN 'requested' ELSE 'cancelled' END AS outcome FROM moved;

-- name: types_of
-- The types of these jobs, and those that their completions lead to.
SELECT DISTINCT t.name FROM jobs j CROSS JOIN LATERAL (VALUES (j.type), (j.leads_to)) t (name)
WHERE j.id = ANY(:ids) AND t.name IS NOT NULL;

-- name: retry
-- Failed and cancelled jobs wait again with both budgets fresh, unless their input waits already or their type is
-- draining; of several for the same input the newest does.
WITH wanted AS (
    SELECT j.id, j.state FROM jobs j
    WHERE j.id = ANY(:ids) AND j.state IN ('failed', 'cancelled') AND NOT EXISTS (
        SELECT FROM jobs o WHERE o.unique_key = j.unique_key AND o.state IN ('waiting', 'delayed'))
      AND NOT EXISTS (
        SELECT FROM jobs n WHERE n.unique_key = j.unique_key AND n.id > j.id
        AND n.id = ANY(:ids) AND n.state IN ('failed', 'cancelled'))
      AND NOT EXISTS (
        SELECT FROM job_types t WHERE t.name IN (j.type, j.leads_to) AND t.draining_at IS NOT NULL)
    ORDER BY j.id FOR UPDATE
), moved AS (
    UPDATE jobs j
    SET state = 'waiting', failures = 0, crashed_by = '{}', finished_at = NULL, reason = NULL, error = NULL,
        result = NULL, cancel_requested_at = NULL, cancel_requested_by = NULL
    FROM wanted WHERE j.id = wanted.id
    RETURNING j.id, j.type, j.attempt, wanted.state AS before
), event AS (
    INSERT INTO job_events (job_id, from_state, to_state, attempt, why)
    SELECT id, before, 'waiting', attempt, 'retried by ' || :by FROM moved
)
SELECT id, type FROM moved;

-- name: count_minutes
-- How many jobs of each type ended in each whole minute since the last one that is counted, of the last week; one that
-- has just passed waits until the last commit from it is in. The last minute leaves a row even when nothing ended in it:
-- there the next count begins. BETWEEN: without an upper bound the planner expects a third of all jobs.
WITH span AS (
    SELECT greatest(max(minute) + interval '1 minute', date_trunc('minute', now() - interval '7 days')) AS since,
           date_trunc('minute', now() - interval '10 seconds') AS until
    FROM finished_minutes
), forgotten AS (
    DELETE FROM finished_minutes WHERE minute < now() - interval '8 days'
), ended AS (
    SELECT date_trunc('minute', finished_at) AS minute, type, count(*) FILTER (WHERE state = 'completed') AS completed,
           count(*) FILTER (WHERE state = 'cancelled') AS cancelled, count(*) FILTER (WHERE state = 'failed') AS failed
    FROM jobs
    WHERE finished_at BETWEEN (SELECT since FROM span) AND (SELECT until - interval '1 microsecond' FROM span)
    GROUP BY 1, 2
)
INSERT INTO finished_minutes (minute, type, completed, cancelled, failed)
SELECT minute, type, completed, cancelled, failed FROM ended
UNION ALL
SELECT until - interval '1 minute', name, 0, 0, 0
FROM span CROSS JOIN (SELECT min(name) AS name FROM job_types) t
WHERE since < until AND name IS NOT NULL
  AND NOT EXISTS (SELECT FROM ended e WHERE e.minute = until - interval '1 minute' AND e.type = t.name)
ON CONFLICT DO NOTHING;

-- name: prune
-- Completed and cancelled jobs that ended :seconds ago go, a batch at a time; failed ones stay until an operator deals with them.
DELETE FROM jobs WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM jobs
    WHERE finished_at < now() - make_interval(secs => :seconds) AND state IN ('completed', 'cancelled')
    ORDER BY finished_at LIMIT :batch FOR UPDATE SKIP LOCKED
));

-- name: prune_workers
-- Workers that stopped or were lost days ago, and hold nothing.
DELETE FROM workers w
WHERE coalesce(stopped_at, lost_at) < now() - make_interval(days => :days)
  AND NOT EXISTS (SELECT FROM jobs j WHERE j.worker_id = w.id AND j.state = 'active');

-- name: prune_fires
-- Fires of long ago, but for each schedule's last one: from that its next ticks count.
DELETE FROM schedule_fires f
WHERE f.fire_at < now() - make_interval(days => :days)
  AND EXISTS (SELECT FROM schedule_fires later WHERE later.schedule = f.schedule AND later.fire_at > f.fire_at);
