-- Drives as people look at them, and what the moves of one change at once.

-- name: drives
-- Drives with their newest publish request, counts and the state of their registration by this instant (the one definition
-- of it), newest first, a page at a time; tests' own drives only by reference.
SELECT d.*, r.number AS request_number, r.applied_at, r.job_id AS request_job, j.state AS request_job_state,
       (SELECT count(*) FROM drive_coordinator_selections s WHERE s.drive_id = d.id) AS selected,
       (SELECT count(*) FROM drive_registrations g WHERE g.drive_id = d.id AND g.status = 'registered') AS registered,
       EXISTS (SELECT FROM publish_requests p WHERE p.drive_id = d.id AND p.applied_at IS NOT NULL) AS ever_applied
FROM (
    SELECT p.*, CASE WHEN p.status <> 'posted' THEN p.status
                     WHEN clock.now < p.reg_opens_at THEN 'not_open'
                     WHEN clock.now < p.reg_closes_at THEN 'open'
                     ELSE 'closed' END AS registration
    FROM placement_drives p CROSS JOIN (SELECT clock_timestamp() AS now) clock
) d
LEFT JOIN LATERAL (
    SELECT * FROM publish_requests p WHERE p.drive_id = d.id ORDER BY p.number DESC LIMIT 1
) r ON true
LEFT JOIN jobs j ON j.id = r.job_id
WHERE (CAST(:id AS int) IS NOT NULL OR NOT d.is_test)
  AND (CAST(:id AS int) IS NULL OR d.id = :id)
  AND (CAST(:status AS text) IS NULL OR d.status = :status)
  AND (CAST(:registration AS text) IS NULL OR d.registration = :registration)
  AND (CAST(:words AS text) IS NULL OR strpos(lower(concat_ws(' ', d.code, d.company, d.title)), lower(:words)) > 0)
  AND (CAST(:before AS int) IS NULL OR d.id < :before)
  AND (CAST(:seen AS int[]) IS NULL OR d.id = ANY (CAST(:seen AS int[])))
ORDER BY d.id DESC
LIMIT :limit;

-- name: attached
-- What hangs on a drive: students who are registered, records that would be lost with it, rounds not finalised yet.
SELECT (SELECT count(*) FROM drive_registrations WHERE drive_id = :drive AND status = 'registered') AS registered,
       (SELECT count(*) FROM drive_registrations WHERE drive_id = :drive) AS registrations,
       (SELECT count(*) FROM exports WHERE drive_id = :drive) AS exports,
       (SELECT count(*) FROM offers WHERE drive_id = :drive) AS offers,
       (SELECT count(*) FROM drive_rounds WHERE drive_id = :drive AND finalised_at IS NULL) AS open_rounds;

-- name: begin_first_round
-- The first round (made here when the drive has none) lists everybody who is registered; the number of them.
WITH planned AS (
    SELECT id FROM drive_rounds WHERE drive_id = :drive ORDER BY seq LIMIT 1
), made AS (
    INSERT INTO drive_rounds (drive_id, seq, kind, name)
    SELECT :drive, 1, :kind, :name WHERE NOT EXISTS (SELECT FROM planned)
    RETURNING id
), listed AS (
    INSERT INTO attendance (round_id, student_id)
    SELECT round.id, g.student_id
    FROM (SELECT id FROM planned UNION ALL SELECT id FROM made) round
    JOIN drive_registrations g ON g.drive_id = :drive AND g.status = 'registered'
    ON CONFLICT (round_id, student_id) DO NOTHING
    RETURNING 1
)
SELECT count(*) FROM listed;

-- name: withdraw_everybody
-- Every standing registration of a drive is withdrawn; their ids.
UPDATE drive_registrations SET status = 'withdrawn', withdrawn_at = :now
WHERE drive_id = :drive AND status = 'registered'
RETURNING id;

-- name: stats
-- One drive's funnel from its rows as they are now; who is eligible is what the last computation stored.
SELECT d.id AS drive_id, d.code AS drive, d.criteria_version, d.eligibility_computed_at,
       CASE WHEN d.eligibility_computed_at IS NOT NULL THEN (
           SELECT count(*) FROM drive_eligibility e
           WHERE e.drive_id = d.id AND e.criteria_version = d.criteria_version AND e.verdict = 'eligible') END AS eligible,
       (SELECT count(*) FROM drive_coordinator_selections s WHERE s.drive_id = d.id) AS selected,
       g.registered, g.withdrawn, a.attended, a.no_show, o.offered, o.accepted, clock_timestamp() AS as_of
FROM placement_drives d
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE status = 'registered') AS registered,
           count(*) FILTER (WHERE status = 'withdrawn') AS withdrawn
    FROM drive_registrations WHERE drive_id = d.id
) g
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE came) AS attended, count(*) FILTER (WHERE missed AND NOT came) AS no_show
    FROM (
        SELECT bool_or(t.status IN ('PRESENT', 'LATE')) AS came, bool_or(t.status = 'ABSENT') AS missed
        FROM attendance t JOIN drive_rounds r ON r.id = t.round_id
        WHERE r.drive_id = d.id GROUP BY t.student_id
    ) each_student
) a
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE status <> 'REVOKED') AS offered, count(*) FILTER (WHERE status = 'ACCEPTED') AS accepted
    FROM offers WHERE drive_id = d.id
) o
WHERE d.id = :drive;
