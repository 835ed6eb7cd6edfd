-- Registrations of students for drives.

-- name: register
-- A new registration, or a withdrawn one taken up again; no row when the student is registered already.
INSERT INTO drive_registrations (drive_id, student_id, channel, reason, criteria_version, registered_by, registered_at)
VALUES (:drive, :student, :channel, :reason, :version, :by, :now)
ON CONFLICT (drive_id, student_id) DO UPDATE
SET status = 'registered', channel = excluded.channel, reason = excluded.reason, withdrawn_at = NULL,
    criteria_version = excluded.criteria_version, registered_by = excluded.registered_by,
    registered_at = excluded.registered_at
WHERE drive_registrations.status = 'withdrawn'
RETURNING *;

-- name: withdraw
-- A registration that stands is withdrawn; no row when there is none.
UPDATE drive_registrations SET status = 'withdrawn', withdrawn_at = :now
WHERE drive_id = :drive AND student_id = :student AND status = 'registered'
RETURNING *;

-- name: own
-- One student's registrations over all drives, newest first, a page at a time.
SELECT r.id, r.drive_id, d.code AS drive_code, d.company, d.title, d.status AS drive_status, d.drive_date, d.reg_closes_at,
       r.status, r.channel, r.registered_at, r.withdrawn_at,
       r.status = 'registered' AND d.status = 'posted' AND clock.now >= d.reg_opens_at AND clock.now < d.reg_closes_at
           AS may_withdraw
FROM drive_registrations r
JOIN placement_drives d ON d.id = r.drive_id
CROSS JOIN (SELECT clock_timestamp() AS now) clock
WHERE r.student_id = :student AND (CAST(:before AS bigint) IS NULL OR r.id < :before)
ORDER BY r.id DESC
LIMIT :limit;
