-- Drives as people look at them.

-- name: drives
-- Drives with their newest publish request and counts, newest first, a page at a time; tests' own drives only by reference.
SELECT d.*, clock_timestamp() AS now,
       r.number AS request_number, r.applied_at, r.job_id AS request_job, j.state AS request_job_state,
       (SELECT count(*) FROM drive_coordinator_selections s WHERE s.drive_id = d.id) AS selected,
       (SELECT count(*) FROM drive_registrations g WHERE g.drive_id = d.id AND g.status = 'registered') AS registered,
       EXISTS (SELECT FROM publish_requests p WHERE p.drive_id = d.id AND p.applied_at IS NOT NULL) AS ever_applied
FROM placement_drives d
LEFT JOIN LATERAL (
    SELECT * FROM publish_requests p WHERE p.drive_id = d.id ORDER BY p.number DESC LIMIT 1
) r ON true
LEFT JOIN jobs j ON j.id = r.job_id
WHERE (CAST(:id AS int) IS NOT NULL OR NOT d.is_test)
  AND (CAST(:id AS int) IS NULL OR d.id = :id)
  AND (CAST(:status AS text) IS NULL OR d.status = :status)
  AND (CAST(:before AS int) IS NULL OR d.id < :before)
  AND (CAST(:seen AS int[]) IS NULL OR d.id = ANY (CAST(:seen AS int[])))
ORDER BY d.id DESC
LIMIT :limit;
