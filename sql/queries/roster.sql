-- Roster import: lines are staged, planned against what is stored, then applied, all in one transaction.
-- In roster_lines NULL means that the file says nothing, '-' or -1 that it says "unknown".

-- name: try_lock
-- Whether this transaction is now the only roster import.
SELECT pg_try_advisory_xact_lock(hashtextextended('placeops roster', 0));

-- name: give_room
-- Memory for sorting and time for statements that touch a whole season's students; ends with the transaction.
SELECT set_config('work_mem', '64MB', true), set_config('statement_timeout', '30min', true);

-- name: known_colleges
-- Every college's code, and whether it is a real one.
SELECT code, NOT is_test AS is_real FROM colleges ORDER BY code;

-- name: create_lines
-- The staging table: the file's good rows as they were read.
CREATE TEMPORARY TABLE roster_lines (
    line integer, college text, roll_no text, name text, email text, phone text, gender text, programme text, branch text,
    batch_year smallint, admission_type text, cgpa numeric, tenth_pct numeric, twelfth_pct numeric, diploma_pct numeric,
    active_backlogs smallint, total_backlogs smallint, placed boolean, debarred boolean
) ON COMMIT DROP;

-- name: copy_lines
-- Fills the staging table; an empty cell is NULL.
COPY roster_lines FROM STDIN WITH (NULL '');

-- name: remove_duplicates
-- Lines whose roll number stands on an earlier line of the file: removed, all counted, the first ones told.
WITH doubled AS (
    SELECT college, roll_no, min(line) AS first_line
    FROM roster_lines
    GROUP BY college, roll_no
    HAVING count(*) > 1
), removed AS (
    DELETE FROM roster_lines l
    USING doubled d
    WHERE l.college = d.college AND l.roll_no = d.roll_no AND l.line > d.first_line
    RETURNING l.line, l.roll_no, d.first_line
)
SELECT line, roll_no, first_line, count(*) OVER () AS total FROM removed ORDER BY line LIMIT :kept;

-- name: new_colleges
-- Colleges that the lines name and that do not exist yet.
SELECT DISTINCT l.college
FROM roster_lines l
WHERE NOT EXISTS (SELECT FROM colleges c WHERE c.code = l.college)
ORDER BY 1;

-- name: plan
-- The students as they are to be, where that differs from what is stored; without an id where they are new.
CREATE TEMPORARY TABLE roster_plan ON COMMIT DROP AS
SELECT l.line, s.id AS student_id, c.id AS college_id, l.roll_no, m.*
FROM roster_lines l
JOIN colleges c ON c.code = l.college
LEFT JOIN students s ON s.college_id = c.id AND s.roll_no = l.roll_no
CROSS JOIN LATERAL (
    SELECT l.name,
           nullif(coalesce(l.email, s.email), '-') AS email,
           nullif(coalesce(l.phone, s.phone), '-') AS phone,
           nullif(coalesce(l.gender, s.gender), '-') AS gender,
           nullif(coalesce(l.programme, s.programme), '-') AS programme,
           nullif(coalesce(l.branch, s.branch), '-') AS branch,
           nullif(coalesce(l.batch_year, s.batch_year), -1) AS batch_year,
           coalesce(l.admission_type, s.admission_type, 'REGULAR') AS admission_type,
           nullif(coalesce(l.cgpa, s.cgpa), -1) AS cgpa,
           nullif(coalesce(l.tenth_pct, s.tenth_pct), -1) AS tenth_pct,
           nullif(coalesce(l.twelfth_pct, s.twelfth_pct), -1) AS twelfth_pct,
           nullif(coalesce(l.diploma_pct, s.diploma_pct), -1) AS diploma_pct,
           nullif(coalesce(l.active_backlogs, s.active_backlogs), -1) AS active_backlogs,
           nullif(coalesce(l.total_backlogs, s.total_backlogs), -1) AS total_backlogs,
           coalesce(l.placed, s.placed, false) AS placed,
           coalesce(l.debarred, s.debarred, false) AS debarred
) m
WHERE s.id IS NULL
   OR (s.name, s.email, s.phone, s.gender, s.programme, s.branch, s.batch_year, s.admission_type, s.cgpa, s.tenth_pct,
       s.twelfth_pct, s.diploma_pct, s.active_backlogs, s.total_backlogs, s.placed, s.debarred)
   IS DISTINCT FROM
      (m.name, m.email, m.phone, m.gender, m.programme, m.branch, m.batch_year, m.admission_type, m.cgpa, m.tenth_pct,
       m.twelfth_pct, m.diploma_pct, m.active_backlogs, m.total_backlogs, m.placed, m.debarred);

-- name: count_plan
-- How many students the plan adds and changes.
SELECT count(*) - count(student_id) AS new, count(student_id) AS changed FROM roster_plan;

-- name: fingerprint
-- All that the plan would write, as one number whatever the order of its rows. A college that is new has no lasting id yet.
SELECT coalesce(sum(hashtextextended(
           ROW(c.code, p.line, p.student_id, p.roll_no, p.name, p.email, p.phone, p.gender, p.programme, p.branch,
               p.batch_year, p.admission_type, p.cgpa, p.tenth_pct, p.twelfth_pct, p.diploma_pct, p.active_backlogs,
               p.total_backlogs, p.placed, p.debarred)::text, 0)::numeric), 0)::text
FROM roster_plan p JOIN colleges c ON c.id = p.college_id;

-- name: add_students
-- The new ones of the plan, in the order of the file.
INSERT INTO students (
    college_id, roll_no, name, email, phone, gender, programme, branch, batch_year, admission_type, cgpa, tenth_pct,
    twelfth_pct, diploma_pct, active_backlogs, total_backlogs, placed, debarred)
SELECT college_id, roll_no, name, email, phone, gender, programme, branch, batch_year, admission_type, cgpa, tenth_pct,
       twelfth_pct, diploma_pct, active_backlogs, total_backlogs, placed, debarred
FROM roster_plan
WHERE student_id IS NULL
ORDER BY line;

-- name: change_students
-- The changed ones of the plan.
UPDATE students s
SET name = p.name, email = p.email, phone = p.phone, gender = p.gender, programme = p.programme, branch = p.branch,
    batch_year = p.batch_year, admission_type = p.admission_type, cgpa = p.cgpa, tenth_pct = p.tenth_pct,
    twelfth_pct = p.twelfth_pct, diploma_pct = p.diploma_pct, active_backlogs = p.active_backlogs,
    total_backlogs = p.total_backlogs, placed = p.placed, debarred = p.debarred, updated_at = now()
FROM roster_plan p
WHERE s.id = p.student_id;
