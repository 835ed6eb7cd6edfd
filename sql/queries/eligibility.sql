-- Who meets a drive's criteria. `students_against` (a function of the schema) is the one definition of every rule.
-- Statements over all students hand it what `drive_rules` gave them as constants, so that rules which are absent cost
-- nothing; for a few students there is the view `live_eligibility` over it.

-- name: drive_rules
-- A drive and one version of its rules (NULL: the current one) as a value to hand back.
SELECT d.id AS drive, d.code, d.status, d.reg_closes_at, d.eligibility_computed_at,
       d.criteria_version AS current_version, d.is_test, coalesce(d.ctc_min, d.ctc_max) AS drive_ctc, c.version, c.rules,
       clock_timestamp() AS now
FROM placement_drives d
JOIN (SELECT drive_id, version, CAST(c AS text) AS rules FROM drive_criteria c) c
    ON c.drive_id = d.id AND c.version = coalesce(CAST(:version AS int), d.criteria_version)
WHERE d.id = :drive;

-- name: write_verdicts
-- Bring a drive's stored verdicts in line with the live rows, as a diff. Who fails a rule gets no row: those are the
-- students less the rows. A FULL JOIN is hashed or merged whatever the statistics say, never a loop over both sides.
WITH kept AS MATERIALIZED (
    SELECT student_id, verdict, unknown_rules
    FROM students_against(CAST(:rules AS drive_criteria), CAST(:drive_ctc AS bigint), :is_test)
    WHERE meets IS NOT FALSE
), stored AS (
    SELECT student_id, verdict, unknown_rules FROM drive_eligibility
    WHERE drive_id = :drive AND criteria_version = :version
), diff AS MATERIALIZED (
    SELECT student_id, kept.verdict, kept.unknown_rules, stored.verdict IS NOT NULL AS known
    FROM kept FULL JOIN stored USING (student_id)
    WHERE (kept.verdict, kept.unknown_rules) IS DISTINCT FROM (stored.verdict, stored.unknown_rules)
), removed AS (
    DELETE FROM drive_eligibility
    WHERE drive_id = :drive AND criteria_version = :version
      AND student_id = ANY (ARRAY(SELECT student_id FROM diff WHERE verdict IS NULL))
), changed AS (
    INSERT INTO drive_eligibility (drive_id, criteria_version, student_id, verdict, unknown_rules)
    SELECT :drive, :version, student_id, verdict, unknown_rules FROM diff WHERE known AND verdict IS NOT NULL
    ON CONFLICT (drive_id, criteria_version, student_id)
    DO UPDATE SET verdict = excluded.verdict, unknown_rules = excluded.unknown_rules
), added AS (
    INSERT INTO drive_eligibility (drive_id, criteria_version, student_id, verdict, unknown_rules)
    SELECT :drive, :version, student_id, verdict, unknown_rules FROM diff WHERE NOT known ORDER BY student_id
)
SELECT (SELECT count(*) FROM students) AS everybody,
       (SELECT count(*) FROM students JOIN colleges c ON c.id = college_id WHERE c.is_test) AS in_test_colleges,
       (SELECT count(*) FROM kept WHERE verdict = 'eligible') AS eligible,
       (SELECT count(*) FROM kept WHERE verdict = 'review') AS review,
       (SELECT count(*) FROM diff) AS changed;

-- name: tally
-- Live counts by verdict and by what failed or is unknown, and how many stored verdicts are no longer those. A FULL JOIN
-- again: rows stored since the last ANALYZE are unknown to the planner, who would loop over them for every student.
SELECT live.verdict, live.failed_rules, live.unknown_rules, count(live.student_id) AS students,
       count(*) FILTER (WHERE CASE WHEN meets IS FALSE THEN stored.verdict IS NOT NULL
           ELSE (live.verdict, live.unknown_rules) IS DISTINCT FROM (stored.verdict, stored.unknown_rules) END) AS outdated
FROM students_against(CAST(:rules AS drive_criteria), CAST(:drive_ctc AS bigint), :is_test) live
FULL JOIN (
    SELECT student_id, verdict, unknown_rules FROM drive_eligibility
    WHERE drive_id = :drive AND criteria_version = :version
) stored USING (student_id)
GROUP BY live.verdict, live.failed_rules, live.unknown_rules;

-- name: unsaved_rules
-- Rules that no drive has, as a value like that of `drive_rules`.
SELECT CAST(jsonb_populate_record(NULL::drive_criteria, CAST(:criteria AS jsonb)) AS text);

-- name: preview
-- The same counts for rules that are not stored: of everybody, else of the students in these colleges and branches.
SELECT live.verdict, live.failed_rules, live.unknown_rules, count(*) AS students
FROM students_against(CAST(:rules AS drive_criteria), CAST(:drive_ctc AS bigint), :is_test) live
WHERE :everybody OR EXISTS (
    SELECT FROM students s JOIN colleges c ON c.id = s.college_id
    WHERE s.id = live.student_id
      AND (CAST(:scope_colleges AS text[]) IS NULL OR c.code = ANY (CAST(:scope_colleges AS text[])))
      AND (CAST(:scope_branches AS text[]) IS NULL OR coalesce(s.branch, '') = ANY (CAST(:scope_branches AS text[]))))
GROUP BY live.verdict, live.failed_rules, live.unknown_rules;

-- name: standing
-- A student before a drive, both as they are at this instant: what the drive imposes and when it is open, the live verdict
-- (NULL: test drives and test colleges do not see each other), the stored one, the selection, the registration.
SELECT d.id AS drive, d.code, d.status, d.reg_opens_at, d.reg_closes_at, d.paused_reason, d.cancelled_reason,
       d.auto_published, d.eligibility_computed_at, d.criteria_version AS version, clock_timestamp() AS now,
       live.verdict, live.failed_rules, live.unknown_rules, live.accepted_ctc, stored.verdict AS stored_verdict,
       chosen.source AS selected, r.status AS registration,
       coalesce((SELECT bool_and(p.applied_at IS NULL) FROM publish_requests p WHERE p.drive_id = d.id), false)
           AS selection_pending,
       newest.job_id AS publish_job, newest.state AS publish_job_state
FROM placement_drives d
LEFT JOIN live_eligibility live ON live.drive_id = d.id AND live.criteria_version = d.criteria_version
    AND live.student_id = :student
LEFT JOIN drive_eligibility stored ON stored.drive_id = d.id AND stored.criteria_version = d.criteria_version
    AND stored.student_id = :student
LEFT JOIN drive_coordinator_selections chosen ON chosen.drive_id = d.id AND chosen.student_id = :student
LEFT JOIN drive_registrations r ON r.drive_id = d.id AND r.student_id = :student
LEFT JOIN LATERAL (
    SELECT p.job_id, j.state FROM publish_requests p LEFT JOIN jobs j ON j.id = p.job_id
    WHERE p.drive_id = d.id ORDER BY p.number DESC LIMIT 1
) newest ON true
WHERE d.id = :drive;
