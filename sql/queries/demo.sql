-- The demonstration: students are copied in, then every drive's selection, registrations, rounds and offers are made
-- from them by dice that fall the same way every time.

-- name: lock
-- One filling at a time; ends with the transaction.
SELECT pg_advisory_xact_lock(hashtextextended('placeops demo', 0));

-- name: colleges
-- Whether the demonstration is there, and whether anything else is.
SELECT count(*) FILTER (WHERE code LIKE 'DEMO-%') AS demo, count(*) FILTER (WHERE code NOT LIKE 'DEMO-%') AS other
FROM colleges
WHERE NOT is_test;

-- name: create_people
-- Where the students arrive.
CREATE TEMPORARY TABLE demo_people (
    college text, roll_no text, name text, email text, phone text, gender text, programme text, branch text,
    batch_year smallint, admission_type text, cgpa numeric, tenth_pct numeric, twelfth_pct numeric, diploma_pct numeric,
    active_backlogs smallint, total_backlogs smallint, placed boolean, debarred boolean,
    n integer GENERATED ALWAYS AS IDENTITY
) ON COMMIT DROP;

-- name: copy_people
-- Fills it; the columns in the order of `tasks.demo_data.people`.
COPY demo_people (
    college, roll_no, name, email, phone, gender, programme, branch, batch_year, admission_type, cgpa, tenth_pct,
    twelfth_pct, diploma_pct, active_backlogs, total_backlogs, placed, debarred) FROM STDIN;

-- name: add_students
-- The students, in the order in which they arrived.
INSERT INTO students (
    college_id, roll_no, name, email, phone, gender, programme, branch, batch_year, admission_type, cgpa, tenth_pct,
    twelfth_pct, diploma_pct, active_backlogs, total_backlogs, placed, debarred)
SELECT c.id, p.roll_no, p.name, p.email, p.phone, p.gender, p.programme, p.branch, p.batch_year, p.admission_type, p.cgpa,
       p.tenth_pct, p.twelfth_pct, p.diploma_pct, p.active_backlogs, p.total_backlogs, p.placed, p.debarred
FROM demo_people p
JOIN colleges c ON c.code = p.college
ORDER BY p.n;

-- name: pick
-- Who is on which published drive's list, with two dice of 0..999 each: of the eligible some, and of those who miss
-- nothing but the CGPA by 0.01 a few, by override, for the drives in :overridden.
CREATE TEMPORARY TABLE demo_picks ON COMMIT DROP AS
SELECT d.id AS drive_id, s.id AS student_id, s.email, dice.one, dice.two, e.verdict = 'eligible' AS good,
       d.reg_opens_at AS opens, least(d.reg_closes_at, now()) AS until
FROM placement_drives d
JOIN drive_criteria c ON c.drive_id = d.id AND c.version = d.criteria_version
JOIN live_eligibility e ON e.drive_id = d.id AND e.criteria_version = d.criteria_version
JOIN students s ON s.id = e.student_id
JOIN colleges o ON o.id = s.college_id
CROSS JOIN LATERAL (
    SELECT CAST('x' || substr(h, 1, 6) AS bit(24))::int % 1000 AS one,
           CAST('x' || substr(h, 7, 6) AS bit(24))::int % 1000 AS two
    FROM md5(d.code || '/' || o.code || '/' || s.roll_no) h
) dice
WHERE d.published_at IS NOT NULL
  AND (e.verdict = 'eligible' AND dice.one < 400
       OR d.code = ANY (:overridden) AND e.failed_rules = 1 AND s.cgpa >= c.cgpa_min - 0.01 AND dice.one < 300);

-- name: add_publish_requests
-- The one request by which each drive's list was published, long applied.
INSERT INTO publish_requests (
    drive_id, number, student_ids, override_ids, source, override_reason, requested_by, requested_at, applied_at, added, removed)
SELECT d.id, 1, array_agg(p.student_id ORDER BY p.student_id),
       coalesce(array_agg(p.student_id ORDER BY p.student_id) FILTER (WHERE NOT p.good), '{}'),
       CASE WHEN d.auto_published THEN 'AUTO' ELSE 'COORDINATOR' END,
       CASE WHEN NOT bool_and(p.good) THEN CAST(:reason AS text) END, :by, d.published_at, d.published_at, count(*), 0
FROM demo_picks p
JOIN placement_drives d ON d.id = p.drive_id
GROUP BY d.id;

-- name: add_selections
-- What those requests left behind.
INSERT INTO drive_coordinator_selections (drive_id, student_id, source, reason, selected_by, selected_at)
SELECT p.drive_id, p.student_id, CASE WHEN p.good THEN r.source ELSE 'OVERRIDE' END,
       CASE WHEN NOT p.good THEN r.override_reason END, r.requested_by, r.applied_at
FROM demo_picks p
JOIN publish_requests r ON r.drive_id = p.drive_id AND r.number = 1;

-- name: add_registrations
-- Most of the selected register, most by themselves; a few withdraw, and a cancelled drive withdraws everybody.
INSERT INTO drive_registrations (
    drive_id, student_id, status, channel, reason, criteria_version, registered_by, registered_at, withdrawn_at)
SELECT p.drive_id, p.student_id, CASE WHEN w.at IS NULL THEN 'registered' ELSE 'withdrawn' END,
       CASE WHEN r.late THEN 'LATE' WHEN p.two < 60 THEN 'STAFF' ELSE 'SELF' END,
       CASE WHEN r.late THEN 'was travelling for the university team' END, d.criteria_version,
       CASE WHEN p.two < 60 THEN :by ELSE coalesce(p.email, 'student') END, r.at, w.at
FROM demo_picks p
JOIN placement_drives d ON d.id = p.drive_id
CROSS JOIN LATERAL (SELECT p.two < 20 AND d.reg_closes_at < now() AS late) l
CROSS JOIN LATERAL (
    SELECT l.late, CASE WHEN l.late THEN p.until + interval '1 hour'
                        ELSE p.opens + (p.until - p.opens) * (p.two / 1000.0) END AS at) r
CROSS JOIN LATERAL (
    SELECT CASE WHEN d.status = 'cancelled' THEN greatest(r.at, d.updated_at)
                WHEN p.one % 25 = 0 THEN r.at + greatest(p.until - r.at, interval '0') / 2 END AS at) w
WHERE d.reg_opens_at < now() AND p.two < 800
ORDER BY r.at, p.drive_id, p.student_id;

-- name: add_rounds
-- A test and an interview for every drive that got that far; those of finished drives are final.
INSERT INTO drive_rounds (drive_id, seq, kind, name, starts_at, venue, finalised_at)
SELECT d.id, r.seq, r.kind, r.name, d.drive_date + r.after, r.venue,
       CASE WHEN d.status IN ('completed', 'archived') THEN d.drive_date + r.after + interval '8 hours' END
FROM placement_drives d
CROSS JOIN (VALUES (1, 'test', 'Aptitude test', interval '4 hours', 'Main hall'),
                   (2, 'interview', 'Technical interview', interval '30 hours', 'Placement block')
) r (seq, kind, name, after, venue)
WHERE d.id IN (SELECT drive_id FROM demo_picks) AND d.status IN ('in_progress', 'completed', 'archived')
ORDER BY d.id, r.seq;

-- name: add_attendance
-- Who came: finished drives are decided, running ones are half marked in the first round; two in five reach the second.
INSERT INTO attendance (round_id, student_id, status, marked_by, marked_at, reason)
SELECT r.id, p.student_id, m.status, CASE WHEN m.status <> 'PENDING' THEN :by END,
       CASE WHEN m.status <> 'PENDING' THEN least(coalesce(r.finalised_at, r.starts_at), now()) END,
       CASE WHEN m.status = 'EXCUSED' THEN 'in hospital' END
FROM demo_picks p
JOIN drive_registrations g ON g.drive_id = p.drive_id AND g.student_id = p.student_id AND g.status = 'registered'
JOIN drive_rounds r ON r.drive_id = p.drive_id
CROSS JOIN LATERAL (
    SELECT CASE WHEN r.finalised_at IS NULL AND p.one % 2 = 0 THEN 'PENDING'
                WHEN r.seq = 1 AND p.one % 20 = 1 THEN 'ABSENT'
                WHEN r.seq = 1 AND p.one % 20 = 3 THEN 'LATE'
                WHEN r.seq = 1 AND p.one % 100 = 7 THEN 'EXCUSED'
                ELSE 'PRESENT' END AS status) m
WHERE r.seq = 1 OR r.finalised_at IS NOT NULL AND p.two % 5 < 2 AND p.one % 20 <> 1 AND p.one % 100 <> 7;

-- name: add_offers
-- One in four of those interviewed gets an offer; some pay structures are unknown.
INSERT INTO offers (student_id, drive_id, kind, company, ctc_fixed, ctc_variable, ctc_total, status, offered_on, joins_on)
SELECT p.student_id, d.id, 'DRIVE', d.company, t.total * 8 / 10, t.total - t.total * 8 / 10, t.total,
       CASE WHEN t.die < 6 THEN 'ACCEPTED' WHEN t.die = 6 THEN 'DECLINED' WHEN t.die = 7 THEN 'REVOKED'
            ELSE 'OFFERED' END,
       d.drive_date + 4, d.drive_date + 300
FROM demo_picks p
JOIN placement_drives d ON d.id = p.drive_id
JOIN drive_rounds r ON r.drive_id = d.id AND r.seq = 2 AND r.finalised_at IS NOT NULL
JOIN attendance a ON a.round_id = r.id AND a.student_id = p.student_id AND a.status = 'PRESENT'
CROSS JOIN LATERAL (
    SELECT CASE WHEN p.two % 10 > 0 THEN d.ctc_min + (d.ctc_max - d.ctc_min) * (p.one % 5) / 4 END AS total,
           p.one / 4 % 10 AS die) t
WHERE p.one % 4 = 0
ORDER BY d.id, p.student_id;

-- name: add_verdicts
-- What an eligibility run of each published drive would store today, after all offers.
WITH verdicts AS (
    INSERT INTO drive_eligibility (drive_id, criteria_version, student_id, verdict, unknown_rules)
    SELECT d.id, e.criteria_version, e.student_id, e.verdict, e.unknown_rules
    FROM placement_drives d
    JOIN live_eligibility e ON e.drive_id = d.id AND e.criteria_version = d.criteria_version
    WHERE d.published_at IS NOT NULL AND e.failed_rules = 0
)
UPDATE placement_drives SET eligibility_computed_at = now() WHERE published_at IS NOT NULL;

-- name: counts
-- What the demonstration holds.
SELECT (SELECT count(*) FROM colleges WHERE code LIKE 'DEMO-%') AS colleges,
       (SELECT count(*) FROM students s JOIN colleges c ON c.id = s.college_id WHERE c.code LIKE 'DEMO-%') AS students,
       (SELECT count(*) FROM placement_drives WHERE created_by = :by) AS drives,
       (SELECT count(*) FROM drive_registrations r JOIN placement_drives d ON d.id = r.drive_id
        WHERE d.created_by = :by) AS registrations,
       (SELECT count(*) FROM offers o JOIN placement_drives d ON d.id = o.drive_id WHERE d.created_by = :by) AS offers;
