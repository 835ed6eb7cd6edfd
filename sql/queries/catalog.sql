-- What the catalogs say of the schema `public`: a name, and all that matters about it as text.

-- name: columns
-- Columns of tables with type, NOT NULL, identity and default.
SELECT c.relname || '.' || a.attname, format_type(a.atttypid, a.atttypmod)
       || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
       || CASE a.attidentity WHEN 'a' THEN ' ALWAYS' WHEN 'd' THEN ' BY DEFAULT' ELSE '' END
       || coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '')
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped;

-- name: constraints
-- Constraints of tables; one that was never proven for the rows of before says NOT VALID.
SELECT conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace;

-- name: indexes
-- Indexes of tables; one whose building was broken off is INVALID.
SELECT i.indrelid::regclass || '.' || i.indexrelid::regclass,
       pg_get_indexdef(i.indexrelid) || CASE WHEN i.indisvalid THEN '' ELSE ' INVALID' END
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r';

-- name: sequences
-- Sequences with their bounds.
SELECT sequencename, concat_ws(' ', data_type, start_value, min_value, max_value, increment_by, cycle)
FROM pg_sequences WHERE schemaname = 'public';

-- name: triggers
-- Triggers; one that somebody switched off says so.
SELECT tgrelid::regclass || '.' || tgname,
       pg_get_triggerdef(oid) || CASE tgenabled WHEN 'O' THEN '' ELSE ' DISABLED' END
FROM pg_trigger WHERE NOT tgisinternal;

-- name: functions
-- Functions of the schema.
SELECT p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', pg_get_functiondef(p.oid)
FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f';

-- name: views
-- Views, materialized ones with their indexes.
SELECT c.relname, pg_get_viewdef(c.oid) || coalesce(
    (SELECT string_agg(pg_get_indexdef(i.indexrelid), '; ' ORDER BY i.indexrelid::regclass::text)
     FROM pg_index i WHERE i.indrelid = c.oid), '')
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('v', 'm');
