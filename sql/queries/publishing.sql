-- Publishing a drive: numbered requests, applied by the job as one diff.

-- name: lock_publish
-- Requests of one drive are numbered, and applied, one at a time.
SELECT pg_advisory_xact_lock(CAST(:lock_class AS int), CAST(:drive AS int));

-- name: match
-- The students behind a list, whoever is outside of the scopes left out: clean when both counts equal the length of a
-- list without repetitions.
SELECT count(*) AS matched, count(DISTINCT roll_no) AS roll_nos,
       coalesce(array_agg(id ORDER BY id), '{}')::text AS ids
FROM students
WHERE (id = ANY(CAST(:ids AS int[])) OR roll_no = ANY(CAST(:roll_nos AS text[])))
  AND college_id = ANY (ARRAY(SELECT c.id FROM colleges c WHERE c.is_test = :is_test
                              AND (CAST(:college AS int) IS NULL OR c.id = :college)
                              AND (CAST(:scope_colleges AS text[]) IS NULL
                                   OR c.code = ANY (CAST(:scope_colleges AS text[])))))
  AND (CAST(:scope_branches AS text[]) IS NULL OR coalesce(branch, '') = ANY (CAST(:scope_branches AS text[])));

-- name: with_college
-- The students behind entries that name a college too; a roll number that exists with such a colon is left as it is.
SELECT DISTINCT ON (l.name) l.name, s.id
FROM unnest(CAST(:names AS text[]), CAST(:codes AS text[]), CAST(:roll_nos AS text[])) AS l (name, code, roll_no)
JOIN colleges c ON lower(c.code) = lower(l.code) AND c.is_test = :is_test
JOIN students s ON s.college_id = c.id AND s.roll_no = l.roll_no
WHERE NOT EXISTS (SELECT FROM students t WHERE t.roll_no = l.name)
ORDER BY l.name, c.code = l.code DESC;

-- name: unfit
-- Of these students, those whom the drive's criteria do not let through today.
SELECT count(*) AS students, coalesce(array_agg(student_id ORDER BY student_id), '{}')::text AS ids
FROM students_against(CAST(:rules AS drive_criteria), CAST(:drive_ctc AS bigint), :is_test)
WHERE verdict <> 'eligible' AND student_id = ANY(CAST(:ids AS int[]));

-- name: judge
-- What is wrong with a list that is not clean, line by line: the counts, the first lines, and the students that are
-- left. A roll number that several colleges use is ambiguous unless :college, an id, says which.
WITH listed AS (
    SELECT * FROM unnest(CAST(:lines AS int[]), CAST(:roll_nos AS text[]), CAST(:ids AS int[])) AS l (line, roll_no, id)
), here AS (
    SELECT coalesce(array_agg(id), '{}') AS ids FROM colleges
    WHERE is_test = :is_test AND (CAST(:college AS int) IS NULL OR id = :college)
      AND (CAST(:scope_colleges AS text[]) IS NULL OR code = ANY (CAST(:scope_colleges AS text[])))
), matched AS (
    SELECT l.line, l.roll_no AS value, s.id
    FROM listed l
    LEFT JOIN students s ON s.roll_no = l.roll_no AND s.college_id = ANY ((SELECT ids FROM here)::int[])
        AND (CAST(:scope_branches AS text[]) IS NULL OR coalesce(s.branch, '') = ANY (CAST(:scope_branches AS text[])))
    WHERE l.roll_no IS NOT NULL
    UNION ALL
    SELECT l.line, l.id::text, s.id
    FROM listed l
    LEFT JOIN students s ON s.id = l.id AND s.college_id = ANY ((SELECT ids FROM here)::int[])
        AND (CAST(:scope_branches AS text[]) IS NULL OR coalesce(s.branch, '') = ANY (CAST(:scope_branches AS text[])))
    WHERE l.roll_no IS NULL
), found AS (
    SELECT line, value, min(id) AS id, count(*) AS matches FROM matched GROUP BY line, value
), chosen AS (
    SELECT id, min(line) AS line FROM found WHERE matches = 1 AND id IS NOT NULL GROUP BY id
), unfit AS MATERIALIZED (
    SELECT c.line, e.student_id, e.failed_rules, e.unknown_rules
    FROM students_against(CAST(:rules AS drive_criteria), CAST(:drive_ctc AS bigint), :is_test) e
    JOIN chosen c ON c.id = e.student_id
    WHERE e.verdict <> 'eligible'
), problems AS (
    SELECT f.line, f.value, CASE WHEN matches > 1 THEN 'ambiguous' WHEN f.id IS NULL THEN 'unknown' ELSE 'duplicate' END
           AS problem, 0 AS failed_rules, 0 AS unknown_rules
    FROM found f LEFT JOIN chosen c ON c.id = f.id AND c.line = f.line
    WHERE c.id IS NULL
    UNION ALL
    SELECT u.line, f.value, 'not eligible', u.failed_rules, u.unknown_rules
    FROM unfit u JOIN found f ON f.line = u.line WHERE NOT :override
)
SELECT (SELECT count(*) FROM chosen) AS selected,
       (SELECT coalesce(array_agg(id ORDER BY id), '{}')::text FROM chosen) AS ids,
       (SELECT coalesce(jsonb_object_agg(problem, n), '{}') FROM (
           SELECT problem, count(*) AS n FROM problems GROUP BY problem) c) AS counts,
       (SELECT coalesce(jsonb_agg(to_jsonb(p) ORDER BY line), '[]') FROM (
           SELECT * FROM problems ORDER BY line LIMIT :most) p) AS problems;

-- name: eligible
-- Everybody whom the drive's criteria let through today.
SELECT count(*) AS selected, coalesce(array_agg(student_id ORDER BY student_id), '{}')::text AS ids
FROM students_against(CAST(:rules AS drive_criteria), CAST(:drive_ctc AS bigint), :is_test)
WHERE verdict = 'eligible';

-- name: computed
-- Everybody who is eligible by the verdicts that an eligibility run has just stored.
SELECT count(*) AS selected, coalesce(array_agg(student_id ORDER BY student_id), '{}')::text AS ids
FROM drive_eligibility WHERE drive_id = :drive AND criteria_version = :version AND verdict = 'eligible';

-- name: amend
-- The applied selection with :added (:override_ids of them by override) and without :removed, and how many of :removed
-- were not on it.
WITH removed AS MATERIALIZED (
    SELECT unnest(CAST(:removed AS int[])) AS student_id
), override AS MATERIALIZED (
    SELECT unnest(CAST(:override_ids AS int[])) AS student_id
), standing AS MATERIALIZED (
    SELECT student_id, source = 'OVERRIDE' AS override, reason FROM drive_coordinator_selections WHERE drive_id = :drive
), wanted AS (
    SELECT student_id, bool_or(override) AS override, min(reason) AS reason
    FROM (
        SELECT student_id, override, reason FROM standing
        UNION ALL
        SELECT a.student_id, o.student_id IS NOT NULL, NULL
        FROM (SELECT unnest(CAST(:added AS int[])) AS student_id) a LEFT JOIN override o USING (student_id)
    ) each_one
    WHERE NOT EXISTS (SELECT FROM removed r WHERE r.student_id = each_one.student_id)
    GROUP BY student_id
)
SELECT count(*) AS selected, coalesce(array_agg(student_id ORDER BY student_id), '{}')::text AS ids,
       count(*) FILTER (WHERE override) AS overridden,
       coalesce(array_agg(student_id ORDER BY student_id) FILTER (WHERE override), '{}')::text AS override_ids,
       min(reason) AS reason,
       (SELECT count(*) FROM removed r WHERE NOT EXISTS (
           SELECT FROM standing s WHERE s.student_id = r.student_id)) AS strangers
FROM wanted;

-- name: who_comes
-- The first :most students whom a wanted selection adds, by college and roll number.
SELECT s.id AS student_id, s.roll_no, s.name, c.code AS college
FROM unnest(CAST(:ids AS int[])) AS w (student_id)
JOIN students s ON s.id = w.student_id
JOIN colleges c ON c.id = s.college_id
WHERE NOT EXISTS (
    SELECT FROM drive_coordinator_selections d WHERE d.drive_id = :drive AND d.student_id = w.student_id)
ORDER BY c.code, s.roll_no LIMIT :most;

-- name: who_leaves
-- The first :most students of the applied selection whom a wanted one leaves out.
SELECT s.id AS student_id, s.roll_no, s.name, c.code AS college
FROM drive_coordinator_selections d
JOIN students s ON s.id = d.student_id
JOIN colleges c ON c.id = s.college_id
WHERE d.drive_id = :drive AND NOT EXISTS (
    SELECT FROM unnest(CAST(:ids AS int[])) AS w (student_id) WHERE w.student_id = d.student_id)
ORDER BY c.code, s.roll_no LIMIT :most;

-- name: who_are
-- The first :most of these students.
SELECT s.id AS student_id, s.roll_no, s.name, c.code AS college
FROM students s JOIN colleges c ON c.id = s.college_id
WHERE s.id = ANY (CAST(:ids AS int[]))
ORDER BY c.code, s.roll_no LIMIT :most;

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
-- The newest request of a drive: its number, its job and that job's state (NULL: it is about to be cancelled, or gone),
-- and whether :ids are the same selection.
SELECT r.number, r.applied_at, r.job_id, CASE WHEN j.cancel_requested_at IS NULL THEN j.state END AS job_state,
       r.student_ids = CAST(:ids AS int[])
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
-- The drive is posted: what its status move writes. A coordinator's list ends what an automatic publish allowed,
-- registration by everybody eligible.
UPDATE placement_drives
SET status = 'posted', published_at = coalesce(published_at, now()), published_by = coalesce(published_by, :by),
    reg_opens_at = coalesce(reg_opens_at, now()), auto_published = :auto,
    note = CASE WHEN note NOT LIKE 'not published: %' THEN note END, row_version = row_version + 1, updated_at = now()
WHERE id = :drive AND (status = 'draft' OR auto_published <> :auto);

-- name: apply
-- The newest request becomes the drive's selection, as one diff. What is joined to each student must not carry the
-- arrays along: a copy in every row of a hash table fills the disk.
WITH request AS MATERIALIZED (
    SELECT source, override_reason, requested_by FROM publish_requests WHERE drive_id = :drive AND number = :number
), wanted AS MATERIALIZED (
    SELECT w.student_id, o.student_id IS NOT NULL AS override
    FROM (
        SELECT unnest(student_ids) AS student_id FROM publish_requests WHERE drive_id = :drive AND number = :number
    ) w
    LEFT JOIN (
        SELECT unnest(override_ids) AS student_id FROM publish_requests WHERE drive_id = :drive AND number = :number
    ) o USING (student_id)
), removed AS (
    DELETE FROM drive_coordinator_selections s
    WHERE s.drive_id = :drive AND NOT EXISTS (SELECT FROM wanted w WHERE w.student_id = s.student_id)
    RETURNING 1
), added AS (
    INSERT INTO drive_coordinator_selections (drive_id, student_id, source, reason, selected_by)
    SELECT :drive, w.student_id, CASE WHEN w.override THEN 'OVERRIDE' ELSE request.source END,
           CASE WHEN w.override THEN request.override_reason END, request.requested_by
    FROM wanted w CROSS JOIN request
    WHERE NOT EXISTS (SELECT FROM drive_coordinator_selections s
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
