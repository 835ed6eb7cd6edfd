-- Rounds of a drive, who is called to them, and who came.

-- name: rounds
-- A drive's rounds (or one) in their order with how many stand where. `open`: the one that is marked now.
SELECT r.id, r.drive_id, r.seq, r.kind, r.name, r.starts_at, r.venue, r.finalised_at, r.row_version,
       d.status AS drive_status,
       CASE WHEN r.finalised_at IS NOT NULL THEN 'finalised'
            WHEN d.status = 'in_progress' AND NOT EXISTS (
                SELECT FROM drive_rounds e WHERE e.drive_id = r.drive_id AND e.seq < r.seq AND e.finalised_at IS NULL)
            THEN 'open' ELSE 'waiting' END AS state,
       a.listed, a.pending, a.present, a.late, a.absent, a.excused
FROM drive_rounds r
JOIN placement_drives d ON d.id = r.drive_id
CROSS JOIN LATERAL (
    SELECT count(*) AS listed,
           count(*) FILTER (WHERE status = 'PENDING') AS pending, count(*) FILTER (WHERE status = 'PRESENT') AS present,
           count(*) FILTER (WHERE status = 'LATE') AS late, count(*) FILTER (WHERE status = 'ABSENT') AS absent,
           count(*) FILTER (WHERE status = 'EXCUSED') AS excused
    FROM attendance WHERE round_id = r.id
) a
WHERE r.drive_id = :drive AND (CAST(:seq AS bigint) IS NULL OR r.seq = :seq)
ORDER BY r.seq;

-- name: add_round
-- One more round after the last one; its number.
INSERT INTO drive_rounds (drive_id, seq, kind, name, starts_at, venue)
SELECT :drive, coalesce(max(seq), 0) + 1, :kind, :name, :starts_at, :venue FROM drive_rounds WHERE drive_id = :drive
RETURNING seq;

-- name: remove_round
-- The last round of a drive goes when nobody has been marked in it; no row when it stays.
DELETE FROM drive_rounds r
WHERE r.drive_id = :drive AND r.seq = :seq AND r.finalised_at IS NULL
  AND NOT EXISTS (SELECT FROM attendance a WHERE a.round_id = r.id AND a.status <> 'PENDING')
  AND NOT EXISTS (SELECT FROM drive_rounds e WHERE e.drive_id = r.drive_id AND e.seq > r.seq)
RETURNING r.id, r.kind, r.name;

-- name: call_up
-- Who came to the last finalised round is called to the next one: those who are missing there are added, and those who
-- turned out not to have come leave it unless they have been marked in it.
WITH done AS (
    SELECT id, seq FROM drive_rounds WHERE drive_id = :drive AND finalised_at IS NOT NULL ORDER BY seq DESC LIMIT 1
), following AS (
    SELECT r.id FROM drive_rounds r JOIN done ON r.seq > done.seq WHERE r.drive_id = :drive ORDER BY r.seq LIMIT 1
), came AS (
    SELECT a.student_id FROM attendance a JOIN done ON a.round_id = done.id WHERE a.status IN ('PRESENT', 'LATE')
), gone AS (
    DELETE FROM attendance a USING following
    WHERE a.round_id = following.id AND a.status = 'PENDING' AND a.student_id NOT IN (SELECT student_id FROM came)
)
INSERT INTO attendance (round_id, student_id)
SELECT following.id, came.student_id FROM following CROSS JOIN came
ON CONFLICT (round_id, student_id) DO NOTHING;

-- name: judge
-- What a list of students comes to in a round: how many entries of each kind, which students are to be marked, and the
-- first entries that stay as they are. An entry is a roll number, COLLEGE:ROLL_NO or a student's id.
WITH listed AS (
    SELECT * FROM unnest(CAST(:lines AS int[]), CAST(:roll_nos AS text[]), CAST(:ids AS int[])) AS l (line, roll_no, id)
), called AS MATERIALIZED (
    SELECT a.student_id, a.status, a.marked_by, s.roll_no, c.code
    FROM attendance a JOIN students s ON s.id = a.student_id JOIN colleges c ON c.id = s.college_id
    WHERE a.round_id = :round AND (CAST(:college AS int) IS NULL OR c.id = :college)
), named AS (
    SELECT student_id, 'roll ' || roll_no AS name FROM called
    UNION ALL SELECT student_id, 'full ' || lower(code) || ':' || roll_no FROM called
    UNION ALL SELECT student_id, 'id ' || student_id FROM called
), asked AS (
    SELECT line, 'roll ' || roll_no AS name FROM listed WHERE roll_no IS NOT NULL
    UNION ALL
    SELECT line, 'full ' || lower(split_part(roll_no, ':', 1)) || substr(roll_no, strpos(roll_no, ':'))
    FROM listed WHERE strpos(roll_no, ':') > 0
    UNION ALL SELECT line, 'id ' || id FROM listed WHERE roll_no IS NULL
), found AS (
    SELECT a.line, min(n.student_id) AS student_id, count(DISTINCT n.student_id) AS matches
    FROM asked a LEFT JOIN named n USING (name) GROUP BY a.line
), chosen AS (
    SELECT student_id, min(line) AS line FROM found WHERE matches = 1 GROUP BY student_id
), judged AS MATERIALIZED (
    SELECT f.line, coalesce(l.roll_no, l.id::text) AS value, f.student_id, k.status, k.marked_by,
           CASE WHEN f.matches > 1 THEN 'ambiguous'
                WHEN f.student_id IS NULL THEN 'not on the list'
                WHEN h.line <> f.line THEN 'duplicate'
                WHEN k.status = :status THEN 'already'
                WHEN k.status = 'PENDING' THEN 'pending'
                WHEN k.status = CAST(:previous AS text) THEN 'previous'
                ELSE 'decided' END AS outcome
    FROM found f JOIN listed l USING (line)
    LEFT JOIN chosen h ON h.student_id = f.student_id AND f.matches = 1
    LEFT JOIN called k ON k.student_id = f.student_id
)
SELECT (SELECT coalesce(jsonb_object_agg(outcome, n), '{}') FROM (
           SELECT outcome, count(*) AS n FROM judged GROUP BY outcome) c) AS counts,
       (SELECT coalesce(array_agg(student_id ORDER BY student_id), '{}') FROM judged WHERE outcome = 'pending') AS pending,
       (SELECT coalesce(array_agg(student_id ORDER BY student_id), '{}') FROM judged WHERE outcome = 'previous') AS decided,
       (SELECT coalesce(jsonb_agg(to_jsonb(p) ORDER BY line), '[]') FROM (
           SELECT line, value, outcome AS problem,
                  CASE outcome WHEN 'decided' THEN status || ' by ' || marked_by END AS detail
           FROM judged WHERE outcome IN ('ambiguous', 'not on the list', 'duplicate', 'decided')
           ORDER BY line LIMIT :most) p) AS problems;

-- name: mark
-- These students of a round are decided.
UPDATE attendance SET status = :status, marked_by = :by, marked_at = clock_timestamp(), reason = :reason
WHERE round_id = :round AND student_id = ANY (CAST(:students AS int[]));

-- name: decide_pending
-- Whoever was not marked did not come; their ids.
UPDATE attendance SET status = 'ABSENT', marked_by = :by, marked_at = clock_timestamp()
WHERE round_id = :round AND status = 'PENDING'
RETURNING student_id;
