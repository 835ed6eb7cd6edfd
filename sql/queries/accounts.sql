-- What accounts leave behind.

-- name: forget
-- Sessions and tokens that ended a month ago, attempts to sign in and keys of requests that are a day old.
WITH gone_tokens AS (
    DELETE FROM public.tokens WHERE least(expires_at, revoked_at) < clock_timestamp() - interval '30 days' RETURNING 1
), gone_attempts AS (
    DELETE FROM public.login_attempts WHERE at < clock_timestamp() - interval '1 day' RETURNING 1
), gone_keys AS (
    DELETE FROM public.idempotency_keys WHERE created_at < clock_timestamp() - interval '1 day' RETURNING 1
)
SELECT (SELECT count(*) FROM gone_tokens) AS tokens, (SELECT count(*) FROM gone_attempts) AS attempts,
       (SELECT count(*) FROM gone_keys) AS keys
