-- Schedules and their fires.

-- name: enabled
-- Every enabled schedule with the moment from which ticks count: its last fire, its creation or its last change.
SELECT s.name, s.cron, s.time_zone,
       greatest(s.created_at, s.changed_at, (SELECT max(f.fire_at) FROM schedule_fires f WHERE f.schedule = s.name))
           AS since,
       (SELECT max(f.fire_at) FROM schedule_fires f WHERE f.schedule = s.name) AS last_fire_at, clock_timestamp() AS now
FROM schedules s WHERE s.enabled ORDER BY s.name;

-- name: lock_one
-- The same for one schedule, locked: whoever holds it decides about its ticks, the others go on to the next.
SELECT s.name, s.job_type, s.payload, s.cron, s.time_zone, s.catch_up,
       greatest(s.created_at, s.changed_at, (SELECT max(f.fire_at) FROM schedule_fires f WHERE f.schedule = s.name))
           AS since
FROM schedules s WHERE s.enabled AND s.name = :name FOR UPDATE OF s SKIP LOCKED;

-- name: record_fire
-- One fire; no row when this tick was fired before.
INSERT INTO schedule_fires (schedule, fire_at, fired_at, outcome, missed, reason)
VALUES (:schedule, :fire_at, :fired_at, :outcome, :missed, :reason)
ON CONFLICT DO NOTHING RETURNING fire_at;

-- name: attach_job
-- Which job a fire enqueued.
UPDATE schedule_fires SET job_id = :job_id WHERE schedule = :schedule AND fire_at = :fire_at;

-- name: skip
-- A fire that enqueued nothing, and why.
UPDATE schedule_fires SET outcome = 'skipped', reason = :reason WHERE schedule = :schedule AND fire_at = :fire_at;
