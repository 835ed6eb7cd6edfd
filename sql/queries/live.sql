-- What happens to jobs, in an order in which nothing turns up behind what was read already.

-- name: now
-- Everything that a transaction below this number did can be seen, and no more will come.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS settled, pg_snapshot_xmax(pg_current_snapshot())::text AS newest

-- name: events
-- Settled events after a place, in the order of their transactions; with :job only that job's.
SELECT e.xid::text AS xid, e.id, e.job_id, j.type, j.drive_id, j.created_by, j.request_id, e.at, e.from_state, e.to_state,
       e.attempt, e.worker_id, e.why
FROM public.job_events e
JOIN public.jobs j ON j.id = e.job_id
WHERE (e.xid, e.id) > (CAST(:xid AS xid8), CAST(:id AS bigint))
  AND e.xid < pg_snapshot_xmin(pg_current_snapshot())
  AND (CAST(:job AS bigint) IS NULL OR e.job_id = :job)
ORDER BY e.xid, e.id
LIMIT :limit
