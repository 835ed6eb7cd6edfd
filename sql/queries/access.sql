-- Which drives somebody may look at. A test college's drives are reached by reference only, as everywhere.

-- name: drives_in_scope
-- Drives (or one) that a coordinator may look at: listed, or open to students in scope. `managed`: open to nobody else.
WITH scope AS (
    SELECT CAST(:drives AS int[]) AS drives, CAST(:branches AS text[]) AS branches,
           cardinality(CAST(:branches AS text[])) > 0 AS by_branch, cardinality(CAST(:colleges AS text[])) > 0 AS by_college,
           ARRAY(SELECT id FROM public.colleges WHERE code = ANY (CAST(:colleges AS text[]))) AS colleges
)
SELECT d.id,
       d.id = ANY (s.drives) OR (
           (s.by_branch OR s.by_college)
           AND (NOT s.by_branch OR coalesce(c.branch_in <@ s.branches, false))
           AND (NOT s.by_college OR coalesce(c.college_in <@ s.colleges, false))
       ) AS managed
FROM public.placement_drives d
JOIN public.drive_criteria c ON c.drive_id = d.id AND c.version = d.criteria_version
CROSS JOIN scope s
WHERE (CAST(:drive AS int) IS NULL OR d.id = :drive)
  AND (d.id = ANY (s.drives) OR (
           (s.by_branch OR s.by_college)
           AND (NOT s.by_branch OR coalesce(c.branch_in && s.branches, true))
           AND (NOT s.by_college OR coalesce(c.college_in && s.colleges, true))))

-- name: drives_of_student
-- Drives (or one) that a student may look at: posted and not closed to the student's college, or registered for.
SELECT d.id, false AS managed
FROM public.students s
JOIN public.colleges k ON k.id = s.college_id
JOIN public.placement_drives d ON d.is_test = k.is_test
JOIN public.drive_criteria c ON c.drive_id = d.id AND c.version = d.criteria_version
WHERE s.id = :student
  AND (CAST(:drive AS int) IS NULL OR d.id = :drive)
  AND ((d.status IN ('posted', 'paused') AND coalesce(s.college_id = ANY (c.college_in), true))
       OR (d.status <> 'draft' AND EXISTS (
               SELECT FROM public.drive_registrations r WHERE r.drive_id = d.id AND r.student_id = s.id)))
