-- The main job rehearsed, and its own students removed afterwards.

-- name: add_students
-- Twelve students of a test college; two of them miss the criteria that the rehearsal uses.
INSERT INTO students (college_id, roll_no, name, programme, branch, batch_year, cgpa, active_backlogs)
SELECT :college, 'TEST-' || lpad(n::text, 3, '0'), 'Test student ' || n, 'B.E.', 'CSE', 2027,
       CASE n WHEN 11 THEN 6.99 WHEN 12 THEN NULL ELSE 7 + n / 10.0 END, 0
FROM generate_series(1, 12) n;

-- name: selected
-- Some of a drive's selected students.
SELECT s.roll_no, c.code AS college
FROM drive_coordinator_selections x JOIN students s ON s.id = x.student_id JOIN colleges c ON c.id = s.college_id
WHERE x.drive_id = :drive ORDER BY s.id LIMIT :limit;

-- name: leftovers
-- Test colleges that a rehearsal left behind more than an hour ago (it was killed).
SELECT code FROM colleges WHERE is_test AND created_at < now() - interval '1 hour';

-- name: remove_export_rows
-- The files of a test drive's exports; their rows go.
DELETE FROM exports WHERE drive_id = ANY(:drives) RETURNING file_name;

-- name: remove_registrations
-- A test drive's registrations.
DELETE FROM drive_registrations WHERE drive_id = ANY(:drives);

-- name: remove_jobs
-- Jobs of a test drive, and what the rehearsal itself asked for, once it is done.
DELETE FROM jobs
WHERE drive_id = ANY(:drives) AND state <> 'active' OR created_by = CAST(:by AS text) AND state = 'completed';

-- name: remove_drives
-- The test drives themselves; criteria, verdicts, requests and selections go with them.
DELETE FROM placement_drives WHERE id = ANY(:drives) AND is_test;

-- name: remove_college
-- The test college and its students.
WITH gone AS (DELETE FROM students WHERE college_id = :college)
DELETE FROM colleges WHERE id = :college AND is_test;

-- name: drives_of
-- The test drives that were open to a test college only.
SELECT d.id FROM placement_drives d JOIN drive_criteria c ON c.drive_id = d.id
WHERE d.is_test AND c.college_in = ARRAY[CAST(:college AS int)];
