-- What a preset of an export contains, one statement each; the statement's name is the preset's name. They are
-- composed, since COPY takes no parameters: {drive} is a drive's id, {local_time} whether times are the college's own
-- (to the second, as spreadsheets read them) or exact (RFC 3339, UTC); {college} (a code), {branch} and {statuses} (of
-- registrations) narrow the rows, NULL does not. The first column is a running number, the second the roll number: the
-- formula guard and its warnings count on it. Sorting by a college's place is much cheaper than by its name.

-- name: company_shortlist
-- Who is registered for a drive, as the company gets the list.
SELECT row_number() OVER (ORDER BY c.place, s.branch COLLATE "C", s.roll_no COLLATE "C") AS "S.No",
       s.roll_no AS "Roll No", s.name AS "Name", s.email AS "Email", s.phone AS "Mobile", s.gender AS "Gender",
       c.name AS "College", s.programme AS "Programme", s.branch AS "Branch", s.batch_year AS "Batch",
       s.cgpa AS "CGPA", s.tenth_pct AS "10th %", s.twelfth_pct AS "12th %", s.diploma_pct AS "Diploma %",
       s.active_backlogs AS "Active Backlogs",
       CASE WHEN {local_time} THEN date_trunc('second', r.registered_at AT TIME ZONE c.time_zone)::text
            ELSE to_char(r.registered_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') END AS "Registered At"
FROM public.drive_registrations r
JOIN public.students s ON s.id = r.student_id
JOIN (
    SELECT id, code, name, time_zone, row_number() OVER (ORDER BY name COLLATE "C", code COLLATE "C") AS place
    FROM public.colleges
) c ON c.id = s.college_id
WHERE r.drive_id = {drive} AND r.status = ANY (coalesce({statuses}, ARRAY['registered']))
  AND (CAST({college} AS text) IS NULL OR c.code = {college})
  AND (CAST({branch} AS text) IS NULL OR s.branch = {branch})
ORDER BY c.place, s.branch COLLATE "C", s.roll_no COLLATE "C"

-- name: attendance_sheet
-- Who is expected in which round and what has been marked, to take along; before the rounds are known, who is registered.
SELECT row_number() OVER (
           ORDER BY o.seq, c.place, s.branch COLLATE "C", s.roll_no COLLATE "C") AS "S.No",
       s.roll_no AS "Roll No", s.name AS "Name", c.name AS "College", s.programme AS "Programme", s.branch AS "Branch",
       o.seq AS "Round", o.name AS "Round Name", o.venue AS "Venue",
       CASE WHEN {local_time} THEN date_trunc('second', o.starts_at AT TIME ZONE c.time_zone)::text
            ELSE to_char(o.starts_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') END AS "Starts At",
       nullif(t.status, 'PENDING') AS "Attendance", CAST(NULL AS text) AS "Signature"
FROM public.drive_registrations r
JOIN public.students s ON s.id = r.student_id
JOIN (
    SELECT id, code, name, time_zone, row_number() OVER (ORDER BY name COLLATE "C", code COLLATE "C") AS place
    FROM public.colleges
) c ON c.id = s.college_id
LEFT JOIN public.drive_rounds o ON o.drive_id = r.drive_id
LEFT JOIN public.attendance t ON t.round_id = o.id AND t.student_id = r.student_id
WHERE r.drive_id = {drive} AND r.status = ANY (coalesce({statuses}, ARRAY['registered']))
  AND (CAST({college} AS text) IS NULL OR c.code = {college})
  AND (CAST({branch} AS text) IS NULL OR s.branch = {branch})
ORDER BY o.seq, c.place, s.branch COLLATE "C", s.roll_no COLLATE "C"

-- name: coordinator_full
-- Everything that the office knows of a drive's registrations, withdrawn ones too.
SELECT row_number() OVER (ORDER BY c.place, s.branch COLLATE "C", s.roll_no COLLATE "C") AS "S.No",
       s.roll_no AS "Roll No", s.name AS "Name", s.email AS "Email", s.phone AS "Mobile", s.gender AS "Gender",
       c.name AS "College", c.code AS "College Code", s.programme AS "Programme", s.branch AS "Branch",
       s.batch_year AS "Batch", s.admission_type AS "Admission", s.cgpa AS "CGPA", s.tenth_pct AS "10th %",
       s.twelfth_pct AS "12th %", s.diploma_pct AS "Diploma %", s.active_backlogs AS "Active Backlogs",
       s.total_backlogs AS "Total Backlogs", CASE WHEN s.placed THEN 'yes' ELSE 'no' END AS "Placed",
       CASE WHEN s.debarred THEN 'yes' ELSE 'no' END AS "Debarred", e.verdict AS "Verdict", p.source AS "Selected By",
       r.status AS "Status", r.channel AS "Channel", r.reason AS "Reason", r.registered_by AS "Registered By",
       CASE WHEN {local_time} THEN date_trunc('second', r.registered_at AT TIME ZONE c.time_zone)::text
            ELSE to_char(r.registered_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') END AS "Registered At",
       CASE WHEN {local_time} THEN date_trunc('second', r.withdrawn_at AT TIME ZONE c.time_zone)::text
            ELSE to_char(r.withdrawn_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') END AS "Withdrawn At",
       t.marks AS "Attendance", f.status AS "Offer", f.ctc_total AS "CTC"
FROM public.drive_registrations r
JOIN public.placement_drives d ON d.id = r.drive_id
JOIN public.students s ON s.id = r.student_id
JOIN (
    SELECT id, code, name, time_zone, row_number() OVER (ORDER BY name COLLATE "C", code COLLATE "C") AS place
    FROM public.colleges
) c ON c.id = s.college_id
LEFT JOIN public.drive_eligibility e
    ON e.drive_id = d.id AND e.criteria_version = d.criteria_version AND e.student_id = s.id
LEFT JOIN public.drive_coordinator_selections p ON p.drive_id = d.id AND p.student_id = s.id
LEFT JOIN (
    SELECT m.student_id, string_agg(o.seq || ' ' || m.status, ', ' ORDER BY o.seq) AS marks
    FROM public.attendance m JOIN public.drive_rounds o ON o.id = m.round_id
    WHERE o.drive_id = {drive} GROUP BY m.student_id
) t ON t.student_id = s.id
LEFT JOIN public.offers f ON f.drive_id = d.id AND f.student_id = s.id
WHERE r.drive_id = {drive} AND (CAST({statuses} AS text[]) IS NULL OR r.status = ANY ({statuses}))
  AND (CAST({college} AS text) IS NULL OR c.code = {college})
  AND (CAST({branch} AS text) IS NULL OR s.branch = {branch})
ORDER BY c.place, s.branch COLLATE "C", s.roll_no COLLATE "C"

-- name: no_show
-- Who was absent and came to no round, as the drive funnel counts them.
SELECT row_number() OVER (ORDER BY c.place, s.branch COLLATE "C", s.roll_no COLLATE "C") AS "S.No",
       s.roll_no AS "Roll No", s.name AS "Name", s.email AS "Email", s.phone AS "Mobile", c.name AS "College",
       s.programme AS "Programme", s.branch AS "Branch", s.batch_year AS "Batch", t.missed AS "Rounds Missed",
       t.reasons AS "Reasons"
FROM (
    SELECT m.student_id, count(*) FILTER (WHERE m.status = 'ABSENT') AS missed,
           string_agg(m.reason, '; ' ORDER BY o.seq) FILTER (WHERE m.status = 'ABSENT') AS reasons
    FROM public.attendance m JOIN public.drive_rounds o ON o.id = m.round_id
    WHERE o.drive_id = {drive}
    GROUP BY m.student_id
    HAVING bool_or(m.status = 'ABSENT') AND NOT bool_or(m.status IN ('PRESENT', 'LATE'))
) t
JOIN public.students s ON s.id = t.student_id
JOIN (
    SELECT id, code, name, row_number() OVER (ORDER BY name COLLATE "C", code COLLATE "C") AS place
    FROM public.colleges
) c ON c.id = s.college_id
WHERE (CAST({college} AS text) IS NULL OR c.code = {college})
  AND (CAST({branch} AS text) IS NULL OR s.branch = {branch})
ORDER BY c.place, s.branch COLLATE "C", s.roll_no COLLATE "C"

-- name: offers
-- What the company offered to whom, whatever became of it; rupees a year.
SELECT row_number() OVER (ORDER BY c.place, s.branch COLLATE "C", s.roll_no COLLATE "C") AS "S.No",
       s.roll_no AS "Roll No", s.name AS "Name", s.email AS "Email", s.phone AS "Mobile", c.name AS "College",
       s.programme AS "Programme", s.branch AS "Branch", s.batch_year AS "Batch", o.company AS "Company",
       o.status AS "Offer", o.ctc_fixed AS "Fixed", o.ctc_variable AS "Variable", o.ctc_total AS "CTC",
       o.offered_on::text AS "Offered On", o.joins_on::text AS "Joins On"
FROM public.offers o
JOIN public.students s ON s.id = o.student_id
JOIN (
    SELECT id, code, name, row_number() OVER (ORDER BY name COLLATE "C", code COLLATE "C") AS place
    FROM public.colleges
) c ON c.id = s.college_id
WHERE o.drive_id = {drive}
  AND (CAST({college} AS text) IS NULL OR c.code = {college})
  AND (CAST({branch} AS text) IS NULL OR s.branch = {branch})
ORDER BY c.place, s.branch COLLATE "C", s.roll_no COLLATE "C"
