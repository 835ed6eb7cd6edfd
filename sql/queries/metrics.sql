-- What the figures for monitoring count on from one look to the next.

-- name: settled
-- Until when everything that ended is committed: a transaction notes the moment a little before it commits.
SELECT clock_timestamp() - interval '10 seconds';

-- name: finished
-- Jobs that ended between two looks, by type and outcome, and how long their last attempt took, by the bounds of :bounds
-- (NULL: it never ran). BETWEEN: see ledger.count_minutes.
SELECT type, state AS outcome, width_bucket(seconds, CAST(:bounds AS float8[])) AS bucket, count(*) AS jobs,
       coalesce(sum(seconds), 0) AS seconds
FROM (
    SELECT type, state, CAST(extract(epoch FROM finished_at - started_at) AS float8) AS seconds
    FROM jobs WHERE finished_at BETWEEN CAST(:since AS timestamptz) + interval '1 microsecond' AND :until
) ended
GROUP BY 1, 2, 3;

-- name: missed
-- Ticks that came while nobody kept time and that were dealt with between two looks.
SELECT schedule, sum(missed) + count(*) FILTER (WHERE fired_at - fire_at > interval '90 seconds') AS missed
FROM schedule_fires WHERE fired_at > :since AND fired_at <= :until
GROUP BY schedule;
