-- The first release: people, drives, the ledger, analytics. `sql/tables.py` is the page to read; a test proves both equal.

CREATE SEQUENCE worker_ids AS INTEGER;

CREATE TABLE colleges (
    id INTEGER GENERATED ALWAYS AS IDENTITY,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    time_zone TEXT DEFAULT 'Asia/Kolkata' NOT NULL,
    is_test BOOLEAN DEFAULT false NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT colleges_pkey PRIMARY KEY (id),
    CONSTRAINT colleges_code_key UNIQUE (code),
    CONSTRAINT colleges_code_not_blank CHECK (btrim(code) <> '')
);

CREATE TABLE placement_drives (
    id INTEGER GENERATED ALWAYS AS IDENTITY,
    code TEXT NOT NULL,
    company TEXT NOT NULL,
    title TEXT NOT NULL,
    status TEXT DEFAULT 'draft' NOT NULL,
    ctc_min BIGINT,
    ctc_max BIGINT,
    reg_opens_at TIMESTAMP WITH TIME ZONE,
    reg_closes_at TIMESTAMP WITH TIME ZONE,
    drive_date DATE,
    auto_calc BOOLEAN DEFAULT false NOT NULL,
    auto_published BOOLEAN DEFAULT false NOT NULL,
    criteria_version INTEGER DEFAULT 1 NOT NULL,
    eligibility_computed_at TIMESTAMP WITH TIME ZONE,
    published_at TIMESTAMP WITH TIME ZONE,
    published_by TEXT,
    paused_reason TEXT,
    cancelled_reason TEXT,
    note TEXT,
    is_test BOOLEAN DEFAULT false NOT NULL,
    row_version INTEGER DEFAULT 1 NOT NULL,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT placement_drives_pkey PRIMARY KEY (id),
    CONSTRAINT placement_drives_code_key UNIQUE (code),
    CONSTRAINT placement_drives_status_known CHECK (status IN ('draft', 'posted', 'paused', 'in_progress', 'completed', 'cancelled', 'archived')),
    CONSTRAINT placement_drives_code_is_a_word CHECK (code ~ '^[A-Za-z][A-Za-z0-9._-]*$'),
    CONSTRAINT placement_drives_company_not_blank CHECK (btrim(company) <> '' AND btrim(title) <> ''),
    CONSTRAINT placement_drives_ctc_ordered CHECK (ctc_min >= 0 AND ctc_max >= 0 AND ctc_min <= ctc_max),
    CONSTRAINT placement_drives_window_ordered CHECK (reg_opens_at < reg_closes_at),
    CONSTRAINT placement_drives_posted_complete CHECK (status NOT IN ('posted', 'paused', 'in_progress', 'completed') OR (published_at IS NOT NULL AND reg_opens_at IS NOT NULL AND reg_closes_at IS NOT NULL)),
    CONSTRAINT placement_drives_paused_with_reason CHECK ((status = 'paused') = (paused_reason IS NOT NULL)),
    CONSTRAINT placement_drives_cancelled_with_reason CHECK (status <> 'cancelled' OR cancelled_reason IS NOT NULL)
);

CREATE INDEX placement_drives_status_idx ON placement_drives (status, id);

CREATE TABLE audit_events (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object_type TEXT NOT NULL,
    object_id TEXT NOT NULL,
    before JSONB,
    after JSONB,
    reason TEXT,
    request_id TEXT,
    CONSTRAINT audit_events_pkey PRIMARY KEY (id)
);

CREATE INDEX audit_events_object_idx ON audit_events (object_type, object_id);

CREATE TABLE job_types (
    name TEXT NOT NULL,
    concurrency SMALLINT DEFAULT 5 NOT NULL,
    max_seconds INTEGER DEFAULT 900 NOT NULL,
    paused_at TIMESTAMP WITH TIME ZONE,
    paused_by TEXT,
    paused_reason TEXT,
    draining_at TIMESTAMP WITH TIME ZONE,
    draining_by TEXT,
    draining_reason TEXT,
    CONSTRAINT job_types_pkey PRIMARY KEY (name),
    CONSTRAINT job_types_concurrency_positive CHECK (concurrency BETWEEN 1 AND 100),
    CONSTRAINT job_types_max_seconds_positive CHECK (max_seconds > 0),
    CONSTRAINT job_types_paused_by_somebody CHECK (num_nulls(paused_at, paused_by) IN (0, 2)),
    CONSTRAINT job_types_pause_reason_needs_pause CHECK (paused_reason IS NULL OR paused_at IS NOT NULL),
    CONSTRAINT job_types_draining_by_somebody CHECK (num_nulls(draining_at, draining_by) IN (0, 2)),
    CONSTRAINT job_types_drain_reason_needs_drain CHECK (draining_reason IS NULL OR draining_at IS NOT NULL)
);

CREATE TABLE workers (
    id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    types TEXT[] NOT NULL,
    version TEXT NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    beat_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    lease_until TIMESTAMP WITH TIME ZONE NOT NULL,
    lease_only BOOLEAN DEFAULT false NOT NULL,
    redis_down_since TIMESTAMP WITH TIME ZONE,
    lost_at TIMESTAMP WITH TIME ZONE,
    stopped_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT workers_pkey PRIMARY KEY (id),
    CONSTRAINT workers_kind_known CHECK (kind IN ('worker', 'inline', 'scheduler'))
);

CREATE INDEX workers_alive_idx ON workers (id) WHERE stopped_at IS NULL;

CREATE TABLE data_changes (
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    table_name TEXT NOT NULL,
    CONSTRAINT data_changes_pkey PRIMARY KEY (xid, table_name)
);

CREATE TABLE students (
    id INTEGER GENERATED ALWAYS AS IDENTITY,
    college_id INTEGER NOT NULL,
    roll_no TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT,
    phone TEXT,
    gender TEXT,
    programme TEXT,
    branch TEXT,
    batch_year SMALLINT,
    admission_type TEXT DEFAULT 'REGULAR' NOT NULL,
    cgpa NUMERIC(4, 2),
    tenth_pct NUMERIC(5, 2),
    twelfth_pct NUMERIC(5, 2),
    diploma_pct NUMERIC(5, 2),
    active_backlogs SMALLINT,
    total_backlogs SMALLINT,
    placed BOOLEAN DEFAULT false NOT NULL,
    debarred BOOLEAN DEFAULT false NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT students_pkey PRIMARY KEY (id),
    CONSTRAINT students_college_id_roll_no_key UNIQUE (college_id, roll_no),
    CONSTRAINT students_roll_no_trimmed CHECK (roll_no = btrim(roll_no) AND roll_no <> ''),
    CONSTRAINT students_name_not_blank CHECK (btrim(name) <> ''),
    CONSTRAINT students_gender_known CHECK (gender IN ('F', 'M', 'X')),
    CONSTRAINT students_admission_type_known CHECK (admission_type IN ('REGULAR', 'LATERAL')),
    CONSTRAINT students_cgpa_range CHECK (cgpa BETWEEN 0 AND 10),
    CONSTRAINT students_tenth_pct_range CHECK (tenth_pct BETWEEN 0 AND 100),
    CONSTRAINT students_twelfth_pct_range CHECK (twelfth_pct BETWEEN 0 AND 100),
    CONSTRAINT students_diploma_pct_range CHECK (diploma_pct BETWEEN 0 AND 100),
    CONSTRAINT students_batch_year_range CHECK (batch_year BETWEEN 1950 AND 2100),
    CONSTRAINT students_backlogs_range CHECK (active_backlogs >= 0 AND total_backlogs >= 0),
    CONSTRAINT students_college_id_fkey FOREIGN KEY(college_id) REFERENCES colleges (id)
);

CREATE INDEX students_roll_no_idx ON students (roll_no);

CREATE TABLE drive_criteria (
    drive_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    cgpa_min NUMERIC,
    tenth_min NUMERIC,
    twelfth_or_diploma_min NUMERIC,
    active_backlogs_max INTEGER,
    total_backlogs_max INTEGER,
    branch_in TEXT[],
    programme_in TEXT[],
    batch_year_in SMALLINT[],
    college_in INTEGER[],
    gender_in TEXT[],
    gender_purpose TEXT,
    not_debarred BOOLEAN DEFAULT true NOT NULL,
    not_placed BOOLEAN DEFAULT false NOT NULL,
    placed_ctc_multiple NUMERIC,
    on_missing TEXT DEFAULT 'EXCLUDE' NOT NULL,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT drive_criteria_pkey PRIMARY KEY (drive_id, version),
    CONSTRAINT drive_criteria_on_missing_known CHECK (on_missing IN ('EXCLUDE', 'REVIEW', 'INCLUDE')),
    CONSTRAINT drive_criteria_cgpa_min_range CHECK (cgpa_min BETWEEN 0 AND 10),
    CONSTRAINT drive_criteria_percent_range CHECK (tenth_min BETWEEN 0 AND 100 AND twelfth_or_diploma_min BETWEEN 0 AND 100),
    CONSTRAINT drive_criteria_backlogs_range CHECK (active_backlogs_max >= 0 AND total_backlogs_max >= 0),
    CONSTRAINT drive_criteria_lists_not_empty CHECK (cardinality(branch_in) > 0 AND cardinality(programme_in) > 0 AND cardinality(batch_year_in) > 0 AND cardinality(college_in) > 0 AND cardinality(gender_in) > 0),
    CONSTRAINT drive_criteria_lists_without_unknown CHECK (array_position(branch_in, NULL) IS NULL AND array_position(programme_in, NULL) IS NULL AND array_position(batch_year_in, NULL) IS NULL AND array_position(college_in, NULL) IS NULL AND array_position(gender_in, NULL) IS NULL),
    CONSTRAINT drive_criteria_gender_with_purpose CHECK (gender_in IS NULL OR coalesce(btrim(gender_purpose), '') <> ''),
    CONSTRAINT drive_criteria_placed_multiple CHECK (placed_ctc_multiple IS NULL OR (not_placed AND placed_ctc_multiple > 0)),
    CONSTRAINT drive_criteria_drive_id_fkey FOREIGN KEY(drive_id) REFERENCES placement_drives (id) ON DELETE CASCADE
);

CREATE TABLE drive_rounds (
    id INTEGER GENERATED ALWAYS AS IDENTITY,
    drive_id INTEGER NOT NULL,
    seq SMALLINT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE,
    venue TEXT,
    finalised_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT drive_rounds_pkey PRIMARY KEY (id),
    CONSTRAINT drive_rounds_drive_id_seq_key UNIQUE (drive_id, seq),
    CONSTRAINT drive_rounds_seq_positive CHECK (seq > 0),
    CONSTRAINT drive_rounds_drive_id_fkey FOREIGN KEY(drive_id) REFERENCES placement_drives (id) ON DELETE CASCADE
);

CREATE TABLE jobs (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    type TEXT NOT NULL,
    state TEXT DEFAULT 'waiting' NOT NULL,
    payload JSONB DEFAULT '{}'::jsonb NOT NULL,
    unique_key TEXT,
    drive_id INTEGER,
    parent_id BIGINT,
    leads_to TEXT,
    attempt INTEGER DEFAULT 0 NOT NULL,
    failures INTEGER DEFAULT 0 NOT NULL,
    crashed_by INTEGER[] DEFAULT '{}' NOT NULL,
    run_at TIMESTAMP WITH TIME ZONE,
    worker_id INTEGER,
    lease_until TIMESTAMP WITH TIME ZONE,
    cancel_requested_at TIMESTAMP WITH TIME ZONE,
    cancel_requested_by TEXT,
    progress JSONB,
    result JSONB,
    reason TEXT,
    error TEXT,
    created_by TEXT NOT NULL,
    request_id TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE,
    finished_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT jobs_pkey PRIMARY KEY (id),
    CONSTRAINT jobs_state_known CHECK (state IN ('waiting', 'delayed', 'active', 'completed', 'failed', 'cancelled')),
    CONSTRAINT jobs_active_is_held CHECK ((state = 'active') = (worker_id IS NOT NULL) AND (state = 'active') = (lease_until IS NOT NULL) AND (state <> 'active' OR (attempt > 0 AND started_at IS NOT NULL))),
    CONSTRAINT jobs_delayed_has_time CHECK ((state = 'delayed') = (run_at IS NOT NULL)),
    CONSTRAINT jobs_finished_has_time CHECK ((state IN ('completed', 'failed', 'cancelled')) = (finished_at IS NOT NULL)),
    CONSTRAINT jobs_failed_has_error CHECK (state <> 'failed' OR (error IS NOT NULL AND reason IS NOT NULL)),
    CONSTRAINT jobs_cancelled_has_reason CHECK (state <> 'cancelled' OR reason IS NOT NULL),
    CONSTRAINT jobs_completed_not_cancelled CHECK (state <> 'completed' OR cancel_requested_at IS NULL),
    CONSTRAINT jobs_counts_not_negative CHECK (attempt >= 0 AND failures >= 0),
    CONSTRAINT jobs_type_fkey FOREIGN KEY(type) REFERENCES job_types (name),
    CONSTRAINT jobs_drive_id_fkey FOREIGN KEY(drive_id) REFERENCES placement_drives (id) ON DELETE SET NULL,
    CONSTRAINT jobs_leads_to_fkey FOREIGN KEY(leads_to) REFERENCES job_types (name)
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.01);

CREATE INDEX jobs_claim_idx ON jobs (type, id) WHERE state = 'waiting';

CREATE INDEX jobs_due_idx ON jobs (run_at) WHERE state = 'delayed';

CREATE INDEX jobs_failed_idx ON jobs (type, id) WHERE state = 'failed';

CREATE INDEX jobs_finished_idx ON jobs (finished_at) WHERE finished_at IS NOT NULL;

CREATE INDEX jobs_suspect_idx ON jobs (type) WHERE state = 'waiting' AND cardinality(crashed_by) >= 2;

CREATE INDEX jobs_drive_idx ON jobs (drive_id) WHERE drive_id IS NOT NULL;

CREATE INDEX jobs_leading_idx ON jobs (leads_to) WHERE leads_to IS NOT NULL AND finished_at IS NULL;

CREATE UNIQUE INDEX jobs_queued_once ON jobs (unique_key) WHERE state IN ('waiting', 'delayed');

CREATE UNIQUE INDEX jobs_active_once ON jobs (unique_key) WHERE state = 'active';

CREATE INDEX jobs_active_idx ON jobs (worker_id) WHERE state = 'active';

CREATE TABLE finished_minutes (
    minute TIMESTAMP WITH TIME ZONE NOT NULL,
    type TEXT NOT NULL,
    completed INTEGER DEFAULT 0 NOT NULL,
    cancelled INTEGER DEFAULT 0 NOT NULL,
    CONSTRAINT finished_minutes_pkey PRIMARY KEY (minute, type),
    CONSTRAINT finished_minutes_type_fkey FOREIGN KEY(type) REFERENCES job_types (name)
);

CREATE TABLE schedules (
    name TEXT NOT NULL,
    job_type TEXT NOT NULL,
    payload JSONB DEFAULT '{}'::jsonb NOT NULL,
    cron TEXT NOT NULL,
    time_zone TEXT DEFAULT 'Asia/Kolkata' NOT NULL,
    catch_up TEXT DEFAULT 'one' NOT NULL,
    enabled BOOLEAN DEFAULT true NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT schedules_pkey PRIMARY KEY (name),
    CONSTRAINT schedules_catch_up_known CHECK (catch_up IN ('one', 'all', 'none')),
    CONSTRAINT schedules_job_type_fkey FOREIGN KEY(job_type) REFERENCES job_types (name)
);

CREATE TABLE users (
    id INTEGER GENERATED ALWAYS AS IDENTITY,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    scopes JSONB DEFAULT '{}'::jsonb NOT NULL,
    password_hash TEXT,
    password_temporary BOOLEAN DEFAULT false NOT NULL,
    active BOOLEAN DEFAULT true NOT NULL,
    student_id INTEGER,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_role_known CHECK (role IN ('ADMIN', 'COORDINATOR', 'STAFF', 'STUDENT')),
    CONSTRAINT users_student_bound CHECK ((role = 'STUDENT') = (student_id IS NOT NULL)),
    CONSTRAINT users_email_has_at CHECK (email ~ '^[^@[:space:]]+@[^@[:space:]]+$'),
    CONSTRAINT users_student_id_fkey FOREIGN KEY(student_id) REFERENCES students (id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX users_email_key ON users (lower(email));
CREATE UNIQUE INDEX users_student_idx ON users (student_id);

CREATE TABLE tokens (
    id INTEGER GENERATED ALWAYS AS IDENTITY,
    user_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    secret_sha256 TEXT NOT NULL,
    scopes TEXT[],
    created_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_used_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT tokens_pkey PRIMARY KEY (id),
    CONSTRAINT tokens_secret_sha256_key UNIQUE (secret_sha256),
    CONSTRAINT tokens_kind_known CHECK (kind IN ('token', 'session')),
    CONSTRAINT tokens_secret_sha256_hex CHECK (secret_sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT tokens_scopes_not_empty CHECK (cardinality(scopes) > 0),
    CONSTRAINT tokens_user_id_fkey FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX tokens_user_id_idx ON tokens (user_id);

CREATE TABLE login_attempts (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    subject TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT login_attempts_pkey PRIMARY KEY (id)
);
CREATE INDEX login_attempts_subject_idx ON login_attempts (subject, at);

CREATE TABLE idempotency_keys (
    actor TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    result JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (actor, key)
);

CREATE TABLE drive_eligibility (
    drive_id INTEGER NOT NULL,
    criteria_version INTEGER NOT NULL,
    student_id INTEGER NOT NULL,
    verdict TEXT NOT NULL,
    unknown_rules INTEGER DEFAULT 0 NOT NULL,
    CONSTRAINT drive_eligibility_pkey PRIMARY KEY (drive_id, criteria_version, student_id),
    CONSTRAINT drive_eligibility_drive_id_criteria_version_fkey FOREIGN KEY(drive_id, criteria_version) REFERENCES drive_criteria (drive_id, version) ON DELETE CASCADE,
    CONSTRAINT drive_eligibility_verdict_known CHECK (verdict IN ('eligible', 'not', 'review')),
    CONSTRAINT drive_eligibility_kept_out_by_the_unknown CHECK (verdict = 'eligible' OR unknown_rules <> 0),
    CONSTRAINT drive_eligibility_student_id_fkey FOREIGN KEY(student_id) REFERENCES students (id) ON DELETE CASCADE
);

CREATE TABLE publish_requests (
    drive_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    student_ids INTEGER[] NOT NULL,
    override_ids INTEGER[] DEFAULT '{}' NOT NULL,
    source TEXT NOT NULL,
    override_reason TEXT,
    job_id BIGINT,
    requested_by TEXT NOT NULL,
    requested_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    applied_at TIMESTAMP WITH TIME ZONE,
    added INTEGER,
    removed INTEGER,
    CONSTRAINT publish_requests_pkey PRIMARY KEY (drive_id, number),
    CONSTRAINT publish_requests_source_known CHECK (source IN ('AUTO', 'COORDINATOR')),
    CONSTRAINT publish_requests_number_positive CHECK (number > 0),
    CONSTRAINT publish_requests_no_unknown_student CHECK (array_position(student_ids, NULL) IS NULL AND array_position(override_ids, NULL) IS NULL),
    CONSTRAINT publish_requests_override_with_reason CHECK (override_ids = '{}' OR coalesce(btrim(override_reason), '') <> ''),
    CONSTRAINT publish_requests_applied_with_counts CHECK (num_nulls(applied_at, added, removed) IN (0, 3)),
    CONSTRAINT publish_requests_drive_id_fkey FOREIGN KEY(drive_id) REFERENCES placement_drives (id) ON DELETE CASCADE,
    CONSTRAINT publish_requests_job_id_fkey FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE SET NULL
);

CREATE INDEX publish_requests_job_idx ON publish_requests (job_id);

CREATE TABLE drive_coordinator_selections (
    drive_id INTEGER NOT NULL,
    student_id INTEGER NOT NULL,
    source TEXT NOT NULL,
    reason TEXT,
    selected_by TEXT NOT NULL,
    selected_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT drive_coordinator_selections_pkey PRIMARY KEY (drive_id, student_id),
    CONSTRAINT drive_coordinator_selections_source_known CHECK (source IN ('AUTO', 'COORDINATOR', 'OVERRIDE')),
    CONSTRAINT drive_coordinator_selections_override_with_reason CHECK (source <> 'OVERRIDE' OR coalesce(btrim(reason), '') <> ''),
    CONSTRAINT drive_coordinator_selections_drive_id_fkey FOREIGN KEY(drive_id) REFERENCES placement_drives (id) ON DELETE CASCADE,
    CONSTRAINT drive_coordinator_selections_student_id_fkey FOREIGN KEY(student_id) REFERENCES students (id) ON DELETE CASCADE
);

CREATE TABLE drive_registrations (
    id INTEGER GENERATED ALWAYS AS IDENTITY,
    drive_id INTEGER NOT NULL,
    student_id INTEGER NOT NULL,
    status TEXT DEFAULT 'registered' NOT NULL,
    channel TEXT NOT NULL,
    reason TEXT,
    criteria_version INTEGER NOT NULL,
    registered_by TEXT NOT NULL,
    registered_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    withdrawn_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT drive_registrations_pkey PRIMARY KEY (id),
    CONSTRAINT drive_registrations_drive_id_student_id_key UNIQUE (drive_id, student_id),
    CONSTRAINT drive_registrations_status_known CHECK (status IN ('registered', 'withdrawn')),
    CONSTRAINT drive_registrations_channel_known CHECK (channel IN ('SELF', 'STAFF', 'LATE')),
    CONSTRAINT drive_registrations_withdrawn_with_time CHECK ((status = 'withdrawn') = (withdrawn_at IS NOT NULL)),
    CONSTRAINT drive_registrations_late_with_reason CHECK (channel <> 'LATE' OR coalesce(btrim(reason), '') <> ''),
    CONSTRAINT drive_registrations_drive_id_fkey FOREIGN KEY(drive_id) REFERENCES placement_drives (id),
    CONSTRAINT drive_registrations_student_id_fkey FOREIGN KEY(student_id) REFERENCES students (id)
);

CREATE INDEX drive_registrations_student_idx ON drive_registrations (student_id);

CREATE TABLE attendance (
    round_id INTEGER NOT NULL,
    student_id INTEGER NOT NULL,
    status TEXT DEFAULT 'PENDING' NOT NULL,
    marked_by TEXT,
    marked_at TIMESTAMP WITH TIME ZONE,
    reason TEXT,
    CONSTRAINT attendance_pkey PRIMARY KEY (round_id, student_id),
    CONSTRAINT attendance_status_known CHECK (status IN ('PENDING', 'PRESENT', 'LATE', 'ABSENT', 'EXCUSED')),
    CONSTRAINT attendance_decided_by_somebody CHECK ((status = 'PENDING') = (marked_at IS NULL)),
    CONSTRAINT attendance_round_id_fkey FOREIGN KEY(round_id) REFERENCES drive_rounds (id) ON DELETE CASCADE,
    CONSTRAINT attendance_student_id_fkey FOREIGN KEY(student_id) REFERENCES students (id)
);

CREATE TABLE offers (
    id INTEGER GENERATED ALWAYS AS IDENTITY,
    student_id INTEGER NOT NULL,
    drive_id INTEGER,
    kind TEXT DEFAULT 'DRIVE' NOT NULL,
    company TEXT NOT NULL,
    ctc_fixed BIGINT,
    ctc_variable BIGINT,
    ctc_total BIGINT,
    status TEXT DEFAULT 'OFFERED' NOT NULL,
    offered_on DATE,
    joins_on DATE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT offers_pkey PRIMARY KEY (id),
    CONSTRAINT offers_kind_known CHECK (kind IN ('DRIVE', 'PPO', 'OFF_CAMPUS')),
    CONSTRAINT offers_status_known CHECK (status IN ('OFFERED', 'ACCEPTED', 'DECLINED', 'REVOKED')),
    CONSTRAINT offers_drive_offer_has_drive CHECK ((kind = 'DRIVE') = (drive_id IS NOT NULL)),
    CONSTRAINT offers_ctc_not_negative CHECK (ctc_fixed >= 0 AND ctc_variable >= 0 AND ctc_total >= 0),
    CONSTRAINT offers_student_id_fkey FOREIGN KEY(student_id) REFERENCES students (id),
    CONSTRAINT offers_drive_id_fkey FOREIGN KEY(drive_id) REFERENCES placement_drives (id)
);

CREATE INDEX offers_student_id_idx ON offers (student_id);

CREATE UNIQUE INDEX offers_one_per_drive ON offers (drive_id, student_id);

CREATE TABLE exports (
    id INTEGER GENERATED ALWAYS AS IDENTITY,
    drive_id INTEGER NOT NULL,
    preset TEXT NOT NULL,
    dialect TEXT NOT NULL,
    format TEXT DEFAULT 'csv' NOT NULL,
    filters JSONB DEFAULT '{}'::jsonb NOT NULL,
    job_id BIGINT,
    requested_by TEXT NOT NULL,
    requested_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    completed_at TIMESTAMP WITH TIME ZONE,
    rows BIGINT,
    bytes BIGINT,
    sha256 TEXT,
    file_name TEXT,
    host TEXT,
    expires_at TIMESTAMP WITH TIME ZONE,
    removed_at TIMESTAMP WITH TIME ZONE,
    downloads INTEGER DEFAULT 0 NOT NULL,
    CONSTRAINT exports_pkey PRIMARY KEY (id),
    CONSTRAINT exports_dialect_known CHECK (dialect IN ('excel', 'data')),
    CONSTRAINT exports_format_known CHECK (format IN ('csv', 'xlsx')),
    CONSTRAINT exports_complete_or_not CHECK (num_nulls(completed_at, rows, bytes, sha256, file_name, host, expires_at) IN (0, 7)),
    CONSTRAINT exports_file_name_plain CHECK (file_name ~ ('^[0-9]+-[0-9]+[.]' || format || '$')),
    CONSTRAINT exports_sha256_hex CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT exports_file_name_key UNIQUE (file_name),
    CONSTRAINT exports_drive_id_fkey FOREIGN KEY(drive_id) REFERENCES placement_drives (id),
    CONSTRAINT exports_job_id_fkey FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE SET NULL
);

CREATE INDEX exports_job_idx ON exports (job_id);

CREATE TABLE job_events (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    job_id BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    from_state TEXT,
    to_state TEXT NOT NULL,
    attempt INTEGER DEFAULT 0 NOT NULL,
    worker_id INTEGER,
    why TEXT,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT job_events_pkey PRIMARY KEY (id),
    CONSTRAINT job_events_job_id_fkey FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);

CREATE INDEX job_events_job_idx ON job_events (job_id, id);

CREATE INDEX job_events_xid_idx ON job_events (xid, id);

CREATE TABLE schedule_fires (
    schedule TEXT NOT NULL,
    fire_at TIMESTAMP WITH TIME ZONE NOT NULL,
    fired_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    outcome TEXT NOT NULL,
    missed INTEGER DEFAULT 0 NOT NULL,
    reason TEXT,
    job_id BIGINT,
    CONSTRAINT schedule_fires_pkey PRIMARY KEY (schedule, fire_at),
    CONSTRAINT schedule_fires_skipped_with_reason CHECK ((outcome = 'skipped') = (reason IS NOT NULL)),
    CONSTRAINT schedule_fires_outcome_known CHECK (outcome IN ('fired', 'late', 'skipped')),
    CONSTRAINT schedule_fires_schedule_fkey FOREIGN KEY(schedule) REFERENCES schedules (name) ON DELETE CASCADE,
    CONSTRAINT schedule_fires_job_id_fkey FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE SET NULL
);

CREATE INDEX schedule_fires_job_idx ON schedule_fires (job_id);

CREATE TABLE view_refreshes (
    view TEXT NOT NULL,
    as_of TIMESTAMP WITH TIME ZONE,
    seen pg_snapshot,
    cluster BIGINT,
    milliseconds INTEGER,
    checked_at TIMESTAMP WITH TIME ZONE,
    job_id BIGINT,
    CONSTRAINT view_refreshes_pkey PRIMARY KEY (view),
    CONSTRAINT view_refreshes_refreshed_with_snapshot CHECK (num_nulls(as_of, seen, cluster, milliseconds) IN (0, 4)),
    CONSTRAINT view_refreshes_job_id_fkey FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE SET NULL
);

-- What must never change.

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER drive_criteria_append_only BEFORE UPDATE ON drive_criteria
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A schedule catches up on nothing from before it was last changed, whoever changes it and by whatever means.

CREATE FUNCTION note_schedule_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_at := clock_timestamp();
    RETURN NEW;
END $$;

CREATE TRIGGER note_schedule_change BEFORE UPDATE ON schedules FOR EACH ROW
    WHEN ((OLD.cron, OLD.time_zone, OLD.catch_up, OLD.enabled)
          IS DISTINCT FROM (NEW.cron, NEW.time_zone, NEW.catch_up, NEW.enabled)
          AND NEW.changed_at IS NOT DISTINCT FROM OLD.changed_at)
    EXECUTE FUNCTION note_schedule_change();

-- Which transactions changed what the views are made of. Append-only: no row that every writer would update.

CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.data_changes (table_name) VALUES (TG_TABLE_NAME) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['colleges', 'students', 'placement_drives', 'drive_eligibility',
        'drive_coordinator_selections', 'drive_registrations', 'drive_rounds', 'attendance', 'offers']
    LOOP
        EXECUTE format('CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %I '
            'FOR EACH STATEMENT EXECUTE FUNCTION note_change()', name);
    END LOOP;
END $$;

-- Who meets which criteria, from the live rows: the one definition of every rule. A rule is true (passes, or is absent),
-- false (fails) or NULL (unknown), so that SQL's own AND is the answer; cheap rules stand first, since a false one ends
-- it. The masks' bits are named in `tasks/rules.py`. Inlined: told its rules as a constant, it plans without absent ones.

CREATE FUNCTION students_against(rules drive_criteria, drive_ctc bigint, test boolean)
RETURNS TABLE (student_id int, meets boolean, verdict text, failed_rules int, unknown_rules int, accepted_ctc bigint)
STABLE LANGUAGE sql AS $$
SELECT r.student_id, r.meets,
       CASE WHEN r.meets THEN 'eligible'
            WHEN NOT r.meets THEN 'not'
            WHEN rules.on_missing = 'INCLUDE' THEN 'eligible'
            WHEN rules.on_missing = 'REVIEW' THEN 'review'
            ELSE 'not' END,
       CASE WHEN NOT r.cgpa_min THEN 1 ELSE 0 END
       + CASE WHEN NOT r.tenth_min THEN 2 ELSE 0 END
       + CASE WHEN NOT r.twelfth_or_diploma_min THEN 4 ELSE 0 END
       + CASE WHEN NOT r.active_backlogs_max THEN 8 ELSE 0 END
       + CASE WHEN NOT r.total_backlogs_max THEN 16 ELSE 0 END
       + CASE WHEN NOT r.branch_in THEN 32 ELSE 0 END
       + CASE WHEN NOT r.programme_in THEN 64 ELSE 0 END
       + CASE WHEN NOT r.batch_year_in THEN 128 ELSE 0 END
       + CASE WHEN NOT r.college_in THEN 256 ELSE 0 END
       + CASE WHEN NOT r.gender_in THEN 512 ELSE 0 END
       + CASE WHEN NOT r.not_debarred THEN 1024 ELSE 0 END
       + CASE WHEN NOT r.not_placed THEN 2048 ELSE 0 END,
       CASE WHEN r.cgpa_min IS NULL THEN 1 ELSE 0 END
       + CASE WHEN r.tenth_min IS NULL THEN 2 ELSE 0 END
       + CASE WHEN r.twelfth_or_diploma_min IS NULL THEN 4 ELSE 0 END
       + CASE WHEN r.active_backlogs_max IS NULL THEN 8 ELSE 0 END
       + CASE WHEN r.total_backlogs_max IS NULL THEN 16 ELSE 0 END
       + CASE WHEN r.branch_in IS NULL THEN 32 ELSE 0 END
       + CASE WHEN r.programme_in IS NULL THEN 64 ELSE 0 END
       + CASE WHEN r.batch_year_in IS NULL THEN 128 ELSE 0 END
       + CASE WHEN r.college_in IS NULL THEN 256 ELSE 0 END
       + CASE WHEN r.gender_in IS NULL THEN 512 ELSE 0 END
       + CASE WHEN r.not_debarred IS NULL THEN 1024 ELSE 0 END
       + CASE WHEN r.not_placed IS NULL THEN 2048 ELSE 0 END,
       r.accepted_ctc
FROM (
    SELECT *, batch_year_in AND college_in AND not_debarred AND gender_in AND active_backlogs_max
              AND total_backlogs_max AND cgpa_min AND tenth_min AND twelfth_or_diploma_min
              AND branch_in AND programme_in AND not_placed AS meets
    FROM (
        SELECT s.id AS student_id, o.best_ctc AS accepted_ctc,
               rules.cgpa_min IS NULL OR s.cgpa >= rules.cgpa_min AS cgpa_min,
               rules.tenth_min IS NULL OR s.tenth_pct >= rules.tenth_min AS tenth_min,
               rules.twelfth_or_diploma_min IS NULL
                   OR CASE s.admission_type WHEN 'LATERAL' THEN coalesce(s.diploma_pct, s.twelfth_pct)
                      ELSE coalesce(s.twelfth_pct, s.diploma_pct) END
                      >= rules.twelfth_or_diploma_min AS twelfth_or_diploma_min,
               rules.active_backlogs_max IS NULL
                   OR s.active_backlogs <= rules.active_backlogs_max AS active_backlogs_max,
               rules.total_backlogs_max IS NULL
                   OR s.total_backlogs <= rules.total_backlogs_max AS total_backlogs_max,
               rules.branch_in IS NULL OR lower(btrim(s.branch))
                   = ANY (ARRAY(SELECT lower(btrim(w)) FROM unnest(rules.branch_in) w)) AS branch_in,
               rules.programme_in IS NULL OR lower(btrim(s.programme))
                   = ANY (ARRAY(SELECT lower(btrim(w)) FROM unnest(rules.programme_in) w)) AS programme_in,
               rules.batch_year_in IS NULL OR s.batch_year = ANY (rules.batch_year_in) AS batch_year_in,
               rules.college_in IS NULL OR s.college_id = ANY (rules.college_in) AS college_in,
               rules.gender_in IS NULL OR s.gender = ANY (rules.gender_in) AS gender_in,
               NOT (rules.not_debarred AND s.debarred) AS not_debarred,
               CASE WHEN NOT rules.not_placed OR NOT (s.placed OR o.student_id IS NOT NULL) THEN true
                    WHEN rules.placed_ctc_multiple IS NULL THEN false
                    WHEN drive_ctc < rules.placed_ctc_multiple * o.best_ctc THEN false
                    WHEN drive_ctc IS NOT NULL AND o.all_known THEN true END AS not_placed
        FROM public.students s
        LEFT JOIN (
            SELECT a.student_id, max(a.ctc_total) AS best_ctc, bool_and(a.ctc_total IS NOT NULL) AS all_known
            FROM public.offers a WHERE a.status = 'ACCEPTED' GROUP BY a.student_id
        ) o ON o.student_id = s.id
        WHERE s.college_id = ANY (ARRAY(SELECT g.id FROM public.colleges g WHERE g.is_test)) IS NOT DISTINCT FROM test
    ) each_rule
) r
$$;

CREATE VIEW live_eligibility AS
SELECT c.drive_id, c.version AS criteria_version, live.*
FROM public.drive_criteria c
JOIN public.placement_drives d ON d.id = c.drive_id
CROSS JOIN LATERAL public.students_against(c, coalesce(d.ctc_min, d.ctc_max), d.is_test) live;

-- Analytics. Names are schema-qualified because a refresh runs with a restricted search_path.

CREATE MATERIALIZED VIEW drive_funnel AS
SELECT d.id AS drive_id, d.code, d.company, d.title, d.status,
       coalesce(e.eligible, 0) AS eligible, coalesce(e.review, 0) AS review,
       coalesce(s.selected, 0) AS selected,
       coalesce(r.registered, 0) AS registered, coalesce(r.withdrawn, 0) AS withdrawn,
       coalesce(a.attended, 0) AS attended, coalesce(a.no_show, 0) AS no_show,
       coalesce(o.offered, 0) AS offered, coalesce(o.accepted, 0) AS accepted
FROM public.placement_drives d
LEFT JOIN (
    SELECT drive_id, criteria_version, count(*) FILTER (WHERE verdict = 'eligible') AS eligible,
           count(*) FILTER (WHERE verdict = 'review') AS review
    FROM public.drive_eligibility GROUP BY drive_id, criteria_version
) e ON e.drive_id = d.id AND e.criteria_version = d.criteria_version
LEFT JOIN (
    SELECT drive_id, count(*) AS selected FROM public.drive_coordinator_selections GROUP BY drive_id
) s ON s.drive_id = d.id
LEFT JOIN (
    SELECT drive_id, count(*) FILTER (WHERE status = 'registered') AS registered,
           count(*) FILTER (WHERE status = 'withdrawn') AS withdrawn
    FROM public.drive_registrations GROUP BY drive_id
) r ON r.drive_id = d.id
LEFT JOIN (
    SELECT drive_id, count(*) FILTER (WHERE came) AS attended, count(*) FILTER (WHERE missed AND NOT came) AS no_show
    FROM (
        SELECT o.drive_id, t.student_id, bool_or(t.status IN ('PRESENT', 'LATE')) AS came,
               bool_or(t.status = 'ABSENT') AS missed
        FROM public.attendance t JOIN public.drive_rounds o ON o.id = t.round_id
        GROUP BY o.drive_id, t.student_id
    ) each_student GROUP BY drive_id
) a ON a.drive_id = d.id
LEFT JOIN (
    SELECT drive_id, count(*) FILTER (WHERE status <> 'REVOKED') AS offered,
           count(*) FILTER (WHERE status = 'ACCEPTED') AS accepted
    FROM public.offers WHERE drive_id IS NOT NULL GROUP BY drive_id
) o ON o.drive_id = d.id
WHERE NOT d.is_test
WITH NO DATA;
CREATE UNIQUE INDEX drive_funnel_key ON drive_funnel (drive_id);

-- Parts, never percentages: the same year is 61 % of those registered and 75 % of those who came. So whoever is placed
-- is counted a second time among the registered and among the participants (who came to a round of any drive).

CREATE MATERIALIZED VIEW branch_placement AS
SELECT s.college_id, c.code AS college, s.programme, s.branch, s.batch_year,
       count(*) AS strength,
       count(*) FILTER (WHERE s.eligible) AS eligible,
       count(*) FILTER (WHERE s.registered) AS registered,
       count(*) FILTER (WHERE s.participated) AS participated,
       count(*) FILTER (WHERE s.placed) AS placed,
       count(*) FILTER (WHERE NOT s.placed) AS not_placed,
       count(*) FILTER (WHERE s.placed AND s.registered) AS placed_of_registered,
       count(*) FILTER (WHERE s.placed AND s.participated) AS placed_of_participated
FROM (
    SELECT a.college_id, a.programme, a.branch, a.batch_year, a.placed OR o.student_id IS NOT NULL AS placed,
           e.student_id IS NOT NULL AS eligible, r.student_id IS NOT NULL AS registered,
           t.student_id IS NOT NULL AS participated
    FROM public.students a
    LEFT JOIN (
        SELECT DISTINCT student_id FROM public.drive_registrations WHERE status = 'registered'
    ) r ON r.student_id = a.id
    LEFT JOIN (
        SELECT DISTINCT e.student_id FROM public.drive_eligibility e
        JOIN public.placement_drives d ON d.id = e.drive_id AND d.criteria_version = e.criteria_version
        WHERE e.verdict = 'eligible'
    ) e ON e.student_id = a.id
    LEFT JOIN (
        SELECT DISTINCT student_id FROM public.attendance WHERE status IN ('PRESENT', 'LATE')
    ) t ON t.student_id = a.id
    LEFT JOIN (SELECT DISTINCT student_id FROM public.offers WHERE status = 'ACCEPTED') o ON o.student_id = a.id
) s
JOIN public.colleges c ON c.id = s.college_id AND NOT c.is_test
GROUP BY s.college_id, c.code, s.programme, s.branch, s.batch_year
WITH NO DATA;
CREATE UNIQUE INDEX branch_placement_key ON branch_placement (college_id, programme, branch, batch_year)
    NULLS NOT DISTINCT;

-- What those who are placed earn, each student counted once, with the best of the accepted offers whose CTC is known.
-- Quartiles of parts do not add up to quartiles of the whole, hence three levels: a branch, a college, a batch.

CREATE MATERIALIZED VIEW ctc_statistics AS
SELECT level, college_id, college, programme, branch, batch_year, placed, with_ctc, ctc_min,
       round(quartiles[1]::numeric)::bigint AS ctc_q1, round(quartiles[2]::numeric)::bigint AS ctc_median,
       round(quartiles[3]::numeric)::bigint AS ctc_q3, ctc_max, ctc_mean
FROM (
    SELECT CASE grouping(s.college_id, s.branch) WHEN 0 THEN 'branch' WHEN 1 THEN 'college' ELSE 'batch' END AS level,
           s.college_id, c.code AS college, s.programme, s.branch, s.batch_year, count(*) AS placed,
           count(o.ctc) AS with_ctc, min(o.ctc) AS ctc_min, max(o.ctc) AS ctc_max, round(avg(o.ctc))::bigint AS ctc_mean,
           percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY o.ctc) AS quartiles
    FROM public.students s
    JOIN public.colleges c ON c.id = s.college_id AND NOT c.is_test
    LEFT JOIN (
        SELECT student_id, max(ctc_total) AS ctc FROM public.offers WHERE status = 'ACCEPTED' GROUP BY student_id
    ) o ON o.student_id = s.id
    WHERE s.placed OR o.student_id IS NOT NULL
    GROUP BY GROUPING SETS (
        (s.batch_year), (s.batch_year, s.college_id, c.code),
        (s.batch_year, s.college_id, c.code, s.programme, s.branch)
    )
) each_group
WITH NO DATA;
CREATE UNIQUE INDEX ctc_statistics_key ON ctc_statistics (level, college_id, programme, branch, batch_year)
    NULLS NOT DISTINCT;

-- A season goes from July to June, as the academic year does. One company may be written in several ways: letters and
-- spaces do not count, and the way that is used most is shown. An offer of a drive belongs to the drive's company.

CREATE MATERIALIZED VIEW company_season AS
WITH drive AS (
    SELECT id, company, status, is_test,
           coalesce(drive_date, (coalesce(reg_closes_at, created_at) AT TIME ZONE 'UTC')::date) AS day
    FROM public.placement_drives
), part AS (
    SELECT d.company, d.day, 1 AS drives, (d.status = 'cancelled')::int AS cancelled,
           coalesce(r.registered, 0) AS registered, 0 AS offered, 0 AS accepted, NULL::bigint AS ctc
    FROM drive d
    LEFT JOIN (
        SELECT drive_id, count(*) AS registered FROM public.drive_registrations
        WHERE status = 'registered' GROUP BY drive_id
    ) r ON r.drive_id = d.id
    WHERE d.status <> 'draft' AND NOT d.is_test
    UNION ALL
    SELECT coalesce(d.company, o.company), coalesce(d.day, o.offered_on, (o.created_at AT TIME ZONE 'UTC')::date),
           0, 0, 0, (o.status <> 'REVOKED')::int, (o.status = 'ACCEPTED')::int,
           CASE WHEN o.status = 'ACCEPTED' THEN o.ctc_total END
    FROM public.offers o
    JOIN public.students s ON s.id = o.student_id
    JOIN public.colleges c ON c.id = s.college_id AND NOT c.is_test
    LEFT JOIN drive d ON d.id = o.drive_id
    WHERE d.is_test IS NOT TRUE
)
SELECT company_key, season, mode() WITHIN GROUP (ORDER BY company COLLATE "C") AS company,
       sum(drives) AS drives, sum(cancelled) AS cancelled, sum(registered)::bigint AS registered,
       sum(offered) AS offered, sum(accepted) AS accepted, count(ctc) AS with_ctc,
       min(ctc) AS ctc_min, max(ctc) AS ctc_max, round(avg(ctc))::bigint AS ctc_mean
FROM (
    SELECT part.*, lower(regexp_replace(btrim(company), '[[:space:]]+', ' ', 'g')) AS company_key,
           to_char(day - interval '6 months', 'YYYY') || to_char(day + interval '6 months', '-YY') AS season
    FROM part
) p
GROUP BY company_key, season
WITH NO DATA;
CREATE UNIQUE INDEX company_season_key ON company_season (company_key, season);

-- How registrations came in and were withdrawn, day by day of the student's college.

CREATE MATERIALIZED VIEW daily_registrations AS
SELECT d.id AS drive_id, d.code, d.company, e.day, sum(e.registered) AS registered, sum(e.withdrawn) AS withdrawn
FROM (
    SELECT r.drive_id, (m.at AT TIME ZONE c.time_zone)::date AS day, m.registered, m.withdrawn
    FROM public.drive_registrations r
    JOIN public.students s ON s.id = r.student_id
    JOIN public.colleges c ON c.id = s.college_id
    CROSS JOIN LATERAL (VALUES (r.registered_at, 1, 0), (r.withdrawn_at, 0, 1)) m (at, registered, withdrawn)
    WHERE m.at IS NOT NULL
) e
JOIN public.placement_drives d ON d.id = e.drive_id AND NOT d.is_test
GROUP BY d.id, d.code, d.company, e.day
WITH NO DATA;
CREATE UNIQUE INDEX daily_registrations_key ON daily_registrations (drive_id, day);

-- What is missing or cannot be meant, and how many a drive keeps out for it: one row for each field that has such
-- students. Out of range is what the tables admit and no student has: a CGPA of 0, a percentage below 30 (mostly a grade
-- point), more active backlogs than in total, an address without @, a telephone number of too few or too many digits.
-- The bits are those of the rules in `tasks/rules.py`; those above them are fields without a rule.

CREATE MATERIALIZED VIEW data_quality AS
SELECT g.college_id, c.code AS college, g.branch, g.batch_year, f.field,
       sum(g.students)::bigint AS students,
       coalesce(sum(g.students) FILTER (WHERE g.missing & f.bit <> 0), 0)::bigint AS missing,
       coalesce(sum(g.students) FILTER (WHERE g.odd & f.bit <> 0), 0)::bigint AS out_of_range,
       coalesce(sum(g.students) FILTER (WHERE g.excluded & f.bit <> 0), 0)::bigint AS excluded
FROM (
    SELECT m.college_id, m.branch, m.batch_year, m.missing, m.odd, m.excluded, count(*) AS students
    FROM (
        SELECT s.college_id, s.branch, s.batch_year, coalesce(x.excluded, 0) AS excluded,
               CASE WHEN s.cgpa IS NULL THEN 1 ELSE 0 END
               + CASE WHEN s.tenth_pct IS NULL THEN 2 ELSE 0 END
               + CASE WHEN s.twelfth_pct IS NULL AND s.diploma_pct IS NULL THEN 4 ELSE 0 END
               + CASE WHEN s.active_backlogs IS NULL THEN 8 ELSE 0 END
               + CASE WHEN s.total_backlogs IS NULL THEN 16 ELSE 0 END
               + CASE WHEN s.branch IS NULL THEN 32 ELSE 0 END
               + CASE WHEN s.programme IS NULL THEN 64 ELSE 0 END
               + CASE WHEN s.batch_year IS NULL THEN 128 ELSE 0 END
               + CASE WHEN s.gender IS NULL THEN 512 ELSE 0 END
               + CASE WHEN coalesce(o.unknown, s.placed) THEN 2048 ELSE 0 END
               + CASE WHEN s.email IS NULL THEN 4096 ELSE 0 END
               + CASE WHEN s.phone IS NULL THEN 8192 ELSE 0 END AS missing,
               CASE WHEN s.cgpa = 0 THEN 1 ELSE 0 END
               + CASE WHEN s.tenth_pct < 30 THEN 2 ELSE 0 END
               + CASE WHEN s.twelfth_pct < 30 OR s.diploma_pct < 30 THEN 4 ELSE 0 END
               + CASE WHEN s.active_backlogs > s.total_backlogs THEN 8 ELSE 0 END
               + CASE WHEN s.batch_year NOT BETWEEN 1990 AND 2090 THEN 128 ELSE 0 END
               + CASE WHEN s.email NOT LIKE '_%@_%' THEN 4096 ELSE 0 END
               + CASE WHEN length(s.phone) - length(translate(s.phone, '0123456789', '')) NOT BETWEEN 8 AND 15
                 THEN 8192 ELSE 0 END AS odd
        FROM public.students s
        LEFT JOIN (
            SELECT e.student_id, bit_or(e.unknown_rules) AS excluded
            FROM public.drive_eligibility e
            JOIN public.placement_drives d ON d.id = e.drive_id AND d.criteria_version = e.criteria_version
                AND NOT d.is_test
            WHERE e.verdict = 'not'
            GROUP BY e.student_id
        ) x ON x.student_id = s.id
        LEFT JOIN (
            SELECT student_id, bool_or(ctc_total IS NULL) AS unknown
            FROM public.offers WHERE status = 'ACCEPTED' GROUP BY student_id
        ) o ON o.student_id = s.id
    ) m
    GROUP BY m.college_id, m.branch, m.batch_year, m.missing, m.odd, m.excluded
) g
JOIN public.colleges c ON c.id = g.college_id AND NOT c.is_test
CROSS JOIN (
    VALUES (1, 'cgpa'), (2, 'tenth_pct'), (4, 'twelfth_or_diploma_pct'), (8, 'active_backlogs'), (16, 'total_backlogs'),
           (32, 'branch'), (64, 'programme'), (128, 'batch_year'), (512, 'gender'), (2048, 'accepted_ctc'),
           (4096, 'email'), (8192, 'phone')
) f (bit, field)
GROUP BY g.college_id, c.code, g.branch, g.batch_year, f.field
HAVING bool_or((g.missing | g.odd | g.excluded) & f.bit <> 0)
WITH NO DATA;
CREATE UNIQUE INDEX data_quality_key ON data_quality (college_id, branch, batch_year, field) NULLS NOT DISTINCT;

-- Which tables each materialized view reads, from its definition as the catalogue knows it.

CREATE VIEW view_sources AS
SELECT DISTINCT m.relname::text AS view, t.relname::text AS table_name
FROM pg_catalog.pg_class m
JOIN pg_catalog.pg_rewrite r ON r.ev_class = m.oid
JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid
    AND d.refclassid = 'pg_catalog.pg_class'::regclass
JOIN pg_catalog.pg_class t ON t.oid = d.refobjid AND t.oid <> m.oid
WHERE m.relkind = 'm' AND m.relnamespace = 'public'::regnamespace;

-- A view that was never filled cannot be refreshed concurrently.
REFRESH MATERIALIZED VIEW drive_funnel;
REFRESH MATERIALIZED VIEW branch_placement;
REFRESH MATERIALIZED VIEW ctc_statistics;
REFRESH MATERIALIZED VIEW company_season;
REFRESH MATERIALIZED VIEW daily_registrations;
REFRESH MATERIALIZED VIEW data_quality;

-- What every installation starts with.

INSERT INTO job_types (name, concurrency, max_seconds) VALUES
    ('auto-publish', 5, 600),
    ('eligibility-filter', 5, 900),
    ('export-registrations-csv', 5, 900),
    ('refresh-materialized-views', 5, 900),
    ('remove-expired-exports', 1, 300),
    ('prune-jobs', 1, 900);

INSERT INTO view_refreshes (view) VALUES ('drive_funnel'), ('branch_placement'), ('ctc_statistics'), ('company_season'),
    ('daily_registrations'), ('data_quality');

INSERT INTO schedules (name, job_type, payload, cron) VALUES
    ('refresh-drive-funnel', 'refresh-materialized-views', '{"view": "drive_funnel"}', '0 * * * *'),
    ('refresh-branch-placement', 'refresh-materialized-views', '{"view": "branch_placement"}', '0 * * * *'),
    ('refresh-ctc-statistics', 'refresh-materialized-views', '{"view": "ctc_statistics"}', '0 * * * *'),
    ('refresh-company-season', 'refresh-materialized-views', '{"view": "company_season"}', '0 * * * *'),
    ('refresh-daily-registrations', 'refresh-materialized-views', '{"view": "daily_registrations"}', '0 * * * *'),
    ('refresh-data-quality', 'refresh-materialized-views', '{"view": "data_quality"}', '0 * * * *'),
    ('remove-expired-exports', 'remove-expired-exports', '{}', '15 * * * *'),
    ('prune-jobs', 'prune-jobs', '{}', '30 3 * * *');
