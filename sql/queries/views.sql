-- name: lock_view
-- One refresh of a view at a time; a later statement sees what the one before has written. :limit: each one's time.
SELECT pg_advisory_xact_lock(1886151031, hashtext(:view)), set_config('statement_timeout', :limit, true)

-- name: view_states
-- Each view (or one): when it was refreshed, whether what it is made of changed since, this statement's own snapshot.
-- `foreign`: the last refresh happened in another cluster's count of transactions, so that nothing can be compared.
SELECT v.view, v.as_of, v.checked_at, v.milliseconds, m.relispopulated AS populated,
       statement_timestamp() AS now, pg_current_snapshot()::text AS snapshot, s.system_identifier AS cluster,
       extract(epoch FROM statement_timestamp() - v.as_of)::bigint AS age_seconds,
       f.other AS foreign,
       v.as_of IS NULL OR NOT m.relispopulated OR f.other OR EXISTS (
           -- Transactions below the snapshot's xmin had ended before it: the index leaves them out.
           SELECT FROM public.data_changes d
           WHERE d.xid >= pg_snapshot_xmin(v.seen) AND NOT pg_visible_in_snapshot(d.xid, v.seen)
             AND d.table_name IN (SELECT o.table_name FROM public.view_sources o WHERE o.view = v.view)
       ) AS changed
FROM public.view_refreshes v
JOIN pg_catalog.pg_class m ON m.relname = v.view AND m.relkind = 'm' AND m.relnamespace = 'public'::regnamespace
CROSS JOIN pg_control_system() s
CROSS JOIN LATERAL (
    SELECT coalesce(v.cluster <> s.system_identifier
                    OR pg_snapshot_xmax(v.seen) > pg_snapshot_xmax(pg_current_snapshot()), false) AS other
) f
WHERE CAST(:view AS text) IS NULL OR v.view = :view
ORDER BY v.view

-- name: note_check
-- Somebody looked, and nothing had changed.
UPDATE public.view_refreshes SET checked_at = statement_timestamp() WHERE view = :view

-- name: note_refresh
-- A view shows everything that its snapshot saw, perhaps more: whatever that snapshot did not see is a change again.
UPDATE public.view_refreshes
SET as_of = :now, seen = CAST(:snapshot AS pg_snapshot), cluster = :cluster, checked_at = :now, job_id = :job,
    milliseconds = ceil(1000 * extract(epoch FROM clock_timestamp() - :now))
WHERE view = :view
RETURNING milliseconds

-- name: forget_foreign_changes
-- Changes that a dump brought from another cluster and whose numbers this one has yet to reach: they would count later.
DELETE FROM public.data_changes
WHERE xid >= pg_snapshot_xmax(pg_current_snapshot()) AND xid <> pg_current_xact_id()

-- name: forget_seen_changes
-- Changes that the last refresh of every view made of their table has seen, oldest first, at most :limit.
DELETE FROM public.data_changes WHERE ctid = ANY (ARRAY(
    SELECT d.ctid
    FROM public.data_changes d
    WHERE NOT EXISTS (
        SELECT FROM public.view_sources o JOIN public.view_refreshes v ON v.view = o.view
        WHERE o.table_name = d.table_name AND NOT pg_visible_in_snapshot(d.xid, v.seen)
    )
    ORDER BY d.xid LIMIT :limit FOR UPDATE OF d SKIP LOCKED
))

-- name: rows_of_drive_funnel
-- Drives, newest first. :drives: only these; NULL is all of them.
SELECT * FROM public.drive_funnel
WHERE CAST(:drives AS int[]) IS NULL OR drive_id = ANY (CAST(:drives AS int[]))
ORDER BY drive_id DESC LIMIT :limit

-- name: rows_of_branch_placement
-- Branches in the order of their names; the newest batch first. :colleges, :branches: only these; NULL is all of them.
SELECT * FROM public.branch_placement
WHERE (CAST(:colleges AS text[]) IS NULL OR college = ANY (CAST(:colleges AS text[])))
  AND (CAST(:branches AS text[]) IS NULL OR coalesce(branch, '') = ANY (CAST(:branches AS text[])))
ORDER BY college COLLATE "C", programme COLLATE "C", branch COLLATE "C", batch_year DESC LIMIT :limit

-- name: rows_of_ctc_statistics
-- Batches, colleges, branches, the newest batch first. A college's row holds all of its branches: not for a scope of some.
SELECT * FROM public.ctc_statistics
WHERE (CAST(:colleges AS text[]) IS NULL OR college = ANY (CAST(:colleges AS text[])))
  AND (CAST(:branches AS text[]) IS NULL
       OR (level = 'branch' AND coalesce(branch, '') = ANY (CAST(:branches AS text[]))))
ORDER BY array_position(ARRAY['batch', 'college', 'branch'], level), batch_year DESC, college COLLATE "C",
         programme COLLATE "C", branch COLLATE "C" LIMIT :limit

-- name: rows_of_company_season
-- The latest season first, companies by name.
SELECT company, season, drives, cancelled, registered, offered, accepted, with_ctc, ctc_min, ctc_max, ctc_mean
FROM public.company_season ORDER BY season DESC, company_key COLLATE "C" LIMIT :limit

-- name: rows_of_daily_registrations
-- The newest drive first, its days in order. :drives: only these; NULL is all of them.
SELECT * FROM public.daily_registrations
WHERE CAST(:drives AS int[]) IS NULL OR drive_id = ANY (CAST(:drives AS int[]))
ORDER BY drive_id DESC, day LIMIT :limit

-- name: rows_of_data_quality
-- What keeps most students out first, then what most lack. :colleges, :branches: only these; NULL is all of them.
SELECT * FROM public.data_quality
WHERE (CAST(:colleges AS text[]) IS NULL OR college = ANY (CAST(:colleges AS text[])))
  AND (CAST(:branches AS text[]) IS NULL OR coalesce(branch, '') = ANY (CAST(:branches AS text[])))
ORDER BY excluded DESC, missing + out_of_range DESC, college COLLATE "C", branch COLLATE "C", batch_year DESC, field
LIMIT :limit
