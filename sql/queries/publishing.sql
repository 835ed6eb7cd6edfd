-- Publishing a drive: numbered requests, applied by the job as one diff.

-- name: lock_publish
-- Requests of one drive are numbered, and applied, one at a time.
SELECT pg_advisory_xact_lock(CAST(:lock_class AS int), CAST(:drive AS int));

-- name: resolve
-- What a list of roll numbers and ids stands for, line by line: the student, whether listed before, and the live verdict.
-- A roll number that several colleges use is ambiguous unless :college says which.
WITH listed AS (
    SELECT * FROM unnest(CAST(:lines AS int[]), CAST(:roll_nos AS text[]), CAST(:ids AS int[]))
        AS l (line, roll_no, id)
), pool AS (
    SELECT s.id, s.roll_no FROM students s JOIN colleges c ON c.id = s.college_id
    WHERE c.is_test = (SELECT is_test FROM placement_drives WHERE id = :drive)
      AND (CAST(:college AS text) IS NULL OR c.code = :college)
), by_roll AS (
    SELECT l.line, min(p.id) AS id, count(*) AS matches
    FROM listed l JOIN pool p ON p.roll_no = l.roll_no GROUP BY l.line
), found AS (
    SELECT l.line, coalesce(l.roll_no, l.id::text) AS value, coalesce(r.id, p.id) AS id, coalesce(r.matches, 1) AS matches
    FROM listed l
    LEFT JOIN by_roll r ON r.line = l.line
    LEFT JOIN pool p ON l.roll_no IS NULL AND p.id = l.id
)
SELECT line, value, CASE WHEN matches = 1 THEN id END AS student_id,
       CASE WHEN matches > 1 THEN 'ambiguous' WHEN id IS NULL THEN 'unknown'
            WHEN row_number() OVER (PARTITION BY id ORDER BY line) > 1 THEN 'duplicate' END AS problem
FROM found ORDER BY line;

-- name: not_eligible
-- Of these students, those whom the drive's criteria do not let through today.
SELECT student_id, verdict, failed_rules, unknown_rules FROM live_eligibility
WHERE drive_id = :drive AND criteria_version = :version AND verdict <> 'eligible' AND student_id = ANY(:ids);

-- name: eligible
-- Everybody whom the drive's criteria let through today.
SELECT coalesce(array_agg(student_id ORDER BY student_id), '{}') FROM live_eligibility
WHERE drive_id = :drive AND criteria_version = :version AND verdict = 'eligible';

-- name: compare
-- A wanted selection beside the applied one.
WITH wanted AS (SELECT unnest(CAST(:ids AS int[])) AS student_id),
gone AS (
    SELECT s.student_id FROM drive_coordinator_selections s
    WHERE s.drive_id = :drive AND NOT EXISTS (SELECT FROM wanted w WHERE w.student_id = s.student_id)
)
SELECT (SELECT count(*) FROM wanted w WHERE NOT EXISTS (
           SELECT FROM drive_coordinator_selections s WHERE s.drive_id = :drive AND s.student_id = w.student_id)) AS added,
       (SELECT count(*) FROM gone) AS removed,
       (SELECT count(*) FROM gone JOIN drive_registrations r USING (student_id)
        WHERE r.drive_id = :drive AND r.status = 'registered') AS removed_registered;

-- name: newest
-- The newest request of a drive: its number, its job and that job's state, and whether :ids are the same selection.
SELECT r.number, r.applied_at, r.job_id, j.state AS job_state, r.student_ids = CAST(:ids AS int[])
       AND r.override_ids = CAST(:override_ids AS int[]) AS same
FROM publish_requests r LEFT JOIN jobs j ON j.id = r.job_id
WHERE r.drive_id = :drive ORDER BY r.number DESC LIMIT 1;

-- name: request
-- The next numbered request; :ids sorted and without duplicates.
INSERT INTO publish_requests (drive_id, number, student_ids, override_ids, source, override_reason, requested_by)
SELECT :drive, coalesce(max(number), 0) + 1, CAST(:ids AS int[]), CAST(:override_ids AS int[]), :source,
       :override_reason, :by
FROM publish_requests WHERE drive_id = :drive
RETURNING number;

-- name: attach_job
-- Which job applies a request.
UPDATE publish_requests SET job_id = :job WHERE drive_id = :drive AND number = :number;

-- name: post
-- The drive is posted: what its status move writes.
UPDATE placement_drives
SET status = 'posted', published_at = coalesce(published_at, now()), published_by = coalesce(published_by, :by),
    reg_opens_at = coalesce(reg_opens_at, now()), auto_published = auto_published OR :auto,
    row_version = row_version + 1, updated_at = now()
WHERE id = :drive AND status = 'draft';

-- name: apply
-- The newest request becomes the drive's selection, as one diff.
WITH request AS (
    SELECT * FROM publish_requests WHERE drive_id = :drive AND number = :number
), wanted AS MATERIALIZED (
    SELECT w.student_id, w.student_id = ANY (request.override_ids) AS override
    FROM request, unnest(request.student_ids) AS w (student_id)
), removed AS (
    DELETE FROM drive_coordinator_selections s
    WHERE s.drive_id = :drive AND NOT EXISTS (SELECT FROM wanted w WHERE w.student_id = s.student_id)
    RETURNING 1
), added AS (
    INSERT INTO drive_coordinator_selections (drive_id, student_id, source, reason, selected_by)
    SELECT :drive, w.student_id, CASE WHEN w.override THEN 'OVERRIDE' ELSE request.source END,
           CASE WHEN w.override THEN request.override_reason END, request.requested_by
    FROM wanted w CROSS JOIN request
    WHERE EXISTS (SELECT FROM students s WHERE s.id = w.student_id)
      AND NOT EXISTS (SELECT FROM drive_coordinator_selections s
                      WHERE s.drive_id = :drive AND s.student_id = w.student_id)
    RETURNING 1
), changed AS (
    UPDATE drive_coordinator_selections s
    SET source = CASE WHEN w.override THEN 'OVERRIDE' ELSE request.source END,
        reason = CASE WHEN w.override THEN request.override_reason END,
        selected_by = request.requested_by, selected_at = now()
    FROM wanted w CROSS JOIN request
    WHERE s.drive_id = :drive AND s.student_id = w.student_id
      AND (s.source = 'OVERRIDE') <> w.override
)
UPDATE publish_requests r
SET applied_at = clock_timestamp(), added = (SELECT count(*) FROM added), removed = (SELECT count(*) FROM removed)
WHERE r.drive_id = :drive AND r.number = :number
RETURNING added, removed, cardinality(student_ids) AS selected;
