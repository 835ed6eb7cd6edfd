-- Students before drives, many at a time; `eligibility.standing` tells of one before one, with the same columns.

-- name: of_student
-- One student before the drives that somebody may see (:seen NULL: all), newest first, a page at a time.
WITH page AS MATERIALIZED (
    SELECT d.* FROM placement_drives d
    WHERE d.is_test = :is_test
      AND (CAST(:seen AS int[]) IS NULL OR d.id = ANY (CAST(:seen AS int[])))
      AND (CAST(:status AS text) IS NULL OR d.status = :status)
      AND (NOT :open OR (d.status = 'posted' AND d.reg_opens_at <= clock_timestamp()
                         AND clock_timestamp() < d.reg_closes_at))
      AND (CAST(:before AS int) IS NULL OR d.id < :before)
    ORDER BY d.id DESC
    LIMIT :limit
)
SELECT d.id AS drive, d.code, d.company, d.title, d.status, d.ctc_min, d.ctc_max, d.drive_date,
       d.reg_opens_at, d.reg_closes_at, d.paused_reason, d.cancelled_reason, d.auto_published, clock_timestamp() AS now,
       live.verdict, live.failed_rules, live.unknown_rules, chosen.source AS selected,
       r.id AS registration_id, r.status AS registration, r.channel, r.registered_at, r.withdrawn_at,
       coalesce((SELECT bool_and(p.applied_at IS NULL) FROM publish_requests p WHERE p.drive_id = d.id), false)
           AS selection_pending,
       newest.job_id AS publish_job, newest.state AS publish_job_state
FROM page d
JOIN live_eligibility live ON live.drive_id = d.id AND live.criteria_version = d.criteria_version
    AND live.student_id = :student
LEFT JOIN drive_coordinator_selections chosen ON chosen.drive_id = d.id AND chosen.student_id = :student
LEFT JOIN drive_registrations r ON r.drive_id = d.id AND r.student_id = :student
LEFT JOIN LATERAL (
    SELECT p.job_id, j.state FROM publish_requests p LEFT JOIN jobs j ON j.id = p.job_id
    WHERE p.drive_id = d.id ORDER BY p.number DESC LIMIT 1
) newest ON true
ORDER BY d.id DESC;

-- name: of_drive
-- The students that a drive chooses from (or those of a scope), by live verdict and selection, a page at a time.
SELECT live.student_id, s.roll_no, s.name, c.code AS college, s.programme, s.branch, s.batch_year, s.cgpa,
       live.verdict, live.failed_rules, live.unknown_rules, chosen.source AS selected, r.status AS registration
FROM students_against(CAST(:rules AS drive_criteria), CAST(:drive_ctc AS bigint), :is_test) live
JOIN students s ON s.id = live.student_id
JOIN colleges c ON c.id = s.college_id
LEFT JOIN drive_coordinator_selections chosen ON chosen.drive_id = :drive AND chosen.student_id = live.student_id
LEFT JOIN drive_registrations r ON r.drive_id = :drive AND r.student_id = live.student_id
WHERE (CAST(:verdict AS text) IS NULL OR live.verdict = :verdict)
  AND (CAST(:selected AS boolean) IS NULL OR (chosen.source IS NOT NULL) = :selected)
  AND (CAST(:college AS int) IS NULL OR s.college_id = :college)
  AND (CAST(:branch AS text) IS NULL OR s.branch = :branch)
  AND (CAST(:words AS text) IS NULL OR strpos(lower(s.roll_no || ' ' || s.name), lower(:words)) > 0)
  AND (CAST(:one AS int) IS NULL OR live.student_id = :one)
  AND (CAST(:scope_colleges AS text[]) IS NULL OR c.code = ANY (CAST(:scope_colleges AS text[])))
  AND (CAST(:scope_branches AS text[]) IS NULL OR coalesce(s.branch, '') = ANY (CAST(:scope_branches AS text[])))
  AND (CAST(:after AS int) IS NULL OR live.student_id > :after)
ORDER BY live.student_id
LIMIT :limit;
