-- name: write_verdicts
-- Bring a drive's stored verdicts in line with the live rows, as a diff. Who fails a rule gets no row: those are
-- students minus rows. A FULL JOIN is hashed or merged whatever the statistics say, never a loop over both sides.
WITH live AS MATERIALIZED (
    SELECT student_id, verdict, unknown_rules FROM live_eligibility
    WHERE drive_id = :drive AND criteria_version = :version AND meets IS NOT FALSE
), stored AS (
    SELECT student_id, verdict, unknown_rules FROM drive_eligibility
    WHERE drive_id = :drive AND criteria_version = :version
), diff AS MATERIALIZED (
    SELECT student_id, live.verdict, live.unknown_rules
    FROM live FULL JOIN stored USING (student_id)
    WHERE (live.verdict, live.unknown_rules) IS DISTINCT FROM (stored.verdict, stored.unknown_rules)
), removed AS (
    DELETE FROM drive_eligibility
    WHERE drive_id = :drive AND criteria_version = :version
      AND student_id = ANY (ARRAY(SELECT student_id FROM diff WHERE verdict IS NULL))
), written AS (
    INSERT INTO drive_eligibility (drive_id, criteria_version, student_id, verdict, unknown_rules)
    SELECT :drive, :version, student_id, verdict, unknown_rules FROM diff WHERE verdict IS NOT NULL
    ON CONFLICT (drive_id, criteria_version, student_id)
    DO UPDATE SET verdict = excluded.verdict, unknown_rules = excluded.unknown_rules
)
SELECT (SELECT count(*) FROM live_eligibility WHERE drive_id = :drive AND criteria_version = :version) AS students,
       (SELECT count(*) FROM live WHERE verdict = 'eligible') AS eligible,
       (SELECT count(*) FROM live WHERE verdict = 'review') AS review,
       (SELECT count(*) FROM diff) AS changed;
