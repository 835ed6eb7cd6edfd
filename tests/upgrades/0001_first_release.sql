-- An office as the first release had it: something in every table that people fill. Never changed after that release.
INSERT INTO colleges (code, name) VALUES ('ENG', 'Engineering');
INSERT INTO students (college_id, roll_no, name, programme, branch, batch_year, cgpa)
SELECT 1, 'R' || lpad(n::text, 6, '0'), 'Student ' || n, 'B.E.', 'CSE', 2027, 5 + n % 5 FROM generate_series(1, 50) n;
INSERT INTO users (email, name, role, password_hash) VALUES ('dean@example.edu', 'Dean', 'ADMIN', 'x');
INSERT INTO tokens (user_id, kind, name, secret_sha256, created_by, expires_at)
VALUES (1, 'token', 'dashboard', repeat('a', 64), 'dean', now() + interval '30 days');
INSERT INTO placement_drives
    (code, company, title, status, reg_opens_at, reg_closes_at, published_at, published_by, created_by)
VALUES ('ACME-1', 'Acme', 'Engineer', 'posted', now() - interval '1 day', now() + interval '9 days', now(), 'dean', 'dean'),
       ('GLOBEX-1', 'Globex', 'Analyst', 'draft', NULL, NULL, NULL, NULL, 'dean');
INSERT INTO drive_criteria (drive_id, version, cgpa_min, branch_in, created_by)
VALUES (1, 1, 7, '{CSE}', 'dean'), (2, 1, NULL, NULL, 'dean');
INSERT INTO drive_eligibility (drive_id, criteria_version, student_id, verdict)
SELECT 1, 1, id, 'eligible' FROM students WHERE cgpa >= 7;
INSERT INTO publish_requests (drive_id, number, student_ids, source, requested_by, applied_at, added, removed)
SELECT 1, 1, array_agg(id), 'COORDINATOR', 'dean', now(), count(*), 0 FROM students WHERE cgpa >= 7;
INSERT INTO drive_coordinator_selections (drive_id, student_id, source, selected_by)
SELECT 1, id, 'COORDINATOR', 'dean' FROM students WHERE cgpa >= 7;
INSERT INTO drive_registrations (drive_id, student_id, channel, criteria_version, registered_by)
SELECT 1, id, 'SELF', 1, 'dean' FROM students WHERE cgpa >= 8;
INSERT INTO drive_rounds (drive_id, seq, kind, name) VALUES (1, 1, 'test', 'Written test');
INSERT INTO attendance (round_id, student_id) SELECT 1, student_id FROM drive_registrations;
INSERT INTO offers (student_id, drive_id, company, ctc_fixed) VALUES (4, 1, 'Acme', 700000);
INSERT INTO jobs (type, payload, state, created_by, attempt, started_at, finished_at, error, reason)
VALUES ('auto-publish', '{"drive": 1}', 'completed', 'dean', 1, now(), now(), NULL, NULL),
       ('export-registrations-csv', '{"export": 1}', 'failed', 'dean', 3, now(), now(), 'no room', 'error'),
       ('eligibility-filter', '{"drive": 2}', 'waiting', 'dean', 0, NULL, NULL, NULL, NULL);
INSERT INTO job_events (job_id, to_state, why) SELECT id, 'waiting', 'asked for by dean' FROM jobs;
INSERT INTO exports (drive_id, preset, dialect, job_id, requested_by) VALUES (1, 'company_shortlist', 'excel', 2, 'dean');
INSERT INTO schedule_fires (schedule, fire_at, outcome, job_id)
VALUES ('prune-jobs', date_trunc('day', now()), 'fired', 1);
INSERT INTO audit_events (actor, action, object_type, object_id) VALUES ('dean', 'drive.publish', 'drive', '1');
