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
