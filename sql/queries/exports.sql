-- What a preset of an export contains, one statement each; the statement's name is the preset's name. They are
-- composed, since COPY takes no parameters: {drive} is a drive's id, {local_time} whether times are the college's own
-- (to the second, as spreadsheets read them) or exact (RFC 3339, UTC). The first column is a running number: the
-- formula guard counts on it.

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
    -- Sorting by the college's place is much cheaper than by its name.
    SELECT id, name, time_zone, row_number() OVER (ORDER BY name COLLATE "C", code COLLATE "C") AS place
    FROM public.colleges
) c ON c.id = s.college_id
WHERE r.drive_id = {drive} AND r.status = 'registered'
ORDER BY c.place, s.branch COLLATE "C", s.roll_no COLLATE "C"
