-- What an operator looks at.

-- name: stats
-- Each job type with its counts; every count is answered from an index on the state, those of the last hour minute by
-- minute as far as they are counted. BETWEEN: see ledger.claim and ledger.count_minutes.
WITH span AS (
    SELECT greatest(max(minute) + interval '1 minute', now() - interval '1 hour') AS counted_until,
           date_trunc('minute', now() - interval '5 minutes') AS lately_since
    FROM finished_minutes
)
SELECT t.name AS type, t.concurrency, t.paused_at, t.paused_by, t.paused_reason,
       t.draining_at, t.draining_by, t.draining_reason,
       t.draining_at IS NOT NULL AND w.waiting + e.expected = 0 AND d.delayed IS NULL AND a.active IS NULL AS drained,
       w.waiting, w.oldest_waiting_at, coalesce(d.delayed, 0) AS delayed, coalesce(a.active, 0) AS active, f.failed,
       e.expected,
       coalesce(h.completed, 0) AS completed_last_hour, coalesce(h.cancelled, 0) AS cancelled_last_hour,
       CAST(round(60 * coalesce(h.lately, 0) / extract(epoch FROM now() - lately_since), 1) AS float) AS per_minute,
       (SELECT count(*) FROM workers p WHERE p.kind = 'worker' AND p.stopped_at IS NULL AND p.lost_at IS NULL
        AND p.lease_until >= clock_timestamp() AND t.name = ANY(p.types)) AS workers
FROM job_types t CROSS JOIN span
CROSS JOIN LATERAL (
    SELECT count(*) AS waiting, (
        SELECT j.created_at FROM jobs j WHERE j.type BETWEEN t.name AND t.name AND j.state = 'waiting'
        ORDER BY j.type, j.id LIMIT 1
    ) AS oldest_waiting_at
    FROM jobs j WHERE j.type = t.name AND j.state = 'waiting'
) w
LEFT JOIN (SELECT type, count(*) AS delayed FROM jobs WHERE state = 'delayed' GROUP BY type) d ON d.type = t.name
LEFT JOIN (SELECT type, count(*) AS active FROM jobs WHERE state = 'active' GROUP BY type) a ON a.type = t.name
CROSS JOIN LATERAL (SELECT count(*) AS failed FROM jobs j WHERE j.type = t.name AND j.state = 'failed') f
CROSS JOIN LATERAL (
    SELECT count(*) AS expected FROM jobs j WHERE j.leads_to = t.name AND j.finished_at IS NULL
) e
LEFT JOIN (
    SELECT type, CAST(sum(completed) AS int) AS completed, CAST(sum(cancelled) AS int) AS cancelled,
           sum(lately) AS lately
    FROM (
        SELECT type, completed, cancelled, CASE WHEN minute >= lately_since THEN completed ELSE 0 END AS lately
        FROM finished_minutes, span WHERE minute > now() - interval '1 hour'
        UNION ALL
        SELECT type, count(*) FILTER (WHERE state = 'completed'), count(*) FILTER (WHERE state = 'cancelled'),
               count(*) FILTER (WHERE state = 'completed' AND finished_at >= lately_since)
        FROM jobs, span
        WHERE finished_at BETWEEN (SELECT counted_until FROM span) AND 'infinity'
        GROUP BY type
    ) parts
    GROUP BY type
) h ON h.type = t.name
ORDER BY t.name;

-- name: throughput
-- How many jobs of each type ended in each bucket of :seconds since :since, those that nobody has counted yet included;
-- a bucket is told by its place.
WITH span AS (
    SELECT greatest(max(minute) + interval '1 minute', :since) AS counted_until FROM finished_minutes
), ended AS (
    SELECT minute AS at, type, completed, cancelled, failed FROM finished_minutes WHERE minute >= :since
    UNION ALL
    SELECT finished_at, type, CAST(state = 'completed' AS int), CAST(state = 'cancelled' AS int),
           CAST(state = 'failed' AS int)
    FROM jobs WHERE finished_at BETWEEN (SELECT counted_until FROM span) AND 'infinity'
)
SELECT CAST(floor(extract(epoch FROM at - :since) / :seconds) AS int) AS place, type,
       CAST(sum(completed) AS int) AS completed, CAST(sum(cancelled) AS int) AS cancelled,
       CAST(sum(failed) AS int) AS failed
FROM ended GROUP BY place, type
HAVING sum(completed) + sum(cancelled) + sum(failed) > 0
ORDER BY place, type;

-- name: window
-- This moment, and the start of a window of :buckets buckets of :seconds that ends with the present one.
SELECT now() AS as_of, to_timestamp((floor(extract(epoch FROM now()) / :seconds) - :buckets + 1) * :seconds) AS since;

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
