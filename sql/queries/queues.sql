-- What an operator looks at.

-- name: stats
-- Each job type with its counts; every count is answered from an index on the state.
SELECT t.name AS type, t.concurrency, t.paused_at, t.paused_by, t.paused_reason,
       w.waiting, w.oldest_waiting_at, d.delayed, a.active, f.failed,
       coalesce(h.completed, 0) AS completed_last_hour, coalesce(h.cancelled, 0) AS cancelled_last_hour
FROM job_types t
CROSS JOIN LATERAL (
    SELECT count(*) AS waiting, (
        SELECT created_at FROM jobs j WHERE j.type = t.name AND j.state = 'waiting' ORDER BY id LIMIT 1
    ) AS oldest_waiting_at
    FROM jobs j WHERE j.type = t.name AND j.state = 'waiting'
) w
CROSS JOIN LATERAL (SELECT count(*) AS delayed FROM jobs j WHERE j.type = t.name AND j.state = 'delayed') d
CROSS JOIN LATERAL (SELECT count(*) AS active FROM jobs j WHERE j.type = t.name AND j.state = 'active') a
CROSS JOIN LATERAL (SELECT count(*) AS failed FROM jobs j WHERE j.type = t.name AND j.state = 'failed') f
LEFT JOIN (
    SELECT type, count(*) FILTER (WHERE state = 'completed') AS completed,
           count(*) FILTER (WHERE state = 'cancelled') AS cancelled
    FROM jobs WHERE finished_at > now() - interval '1 hour' GROUP BY type
) h ON h.type = t.name
ORDER BY t.name;

-- name: workers
-- Processes that run jobs or keep time: those alive, and those that died or stopped within the last day.
SELECT w.id, w.kind, w.host, w.pid, w.types, w.version, w.started_at, w.beat_at, w.redis_down_since, w.stopped_at,
       CASE WHEN w.stopped_at IS NOT NULL THEN 'stopped'
            WHEN w.lost_at IS NOT NULL OR w.lease_until < clock_timestamp() THEN 'lost'
            ELSE 'alive' END AS state,
       (SELECT coalesce(array_agg(j.id ORDER BY j.id), '{}') FROM jobs j WHERE j.worker_id = w.id AND j.state = 'active')
           AS job_ids
FROM workers w
WHERE (:all_of_today AND coalesce(w.stopped_at, w.lost_at, w.beat_at) > now() - interval '1 day')
   OR (w.stopped_at IS NULL AND w.lost_at IS NULL AND w.lease_until >= clock_timestamp())
ORDER BY w.id;
