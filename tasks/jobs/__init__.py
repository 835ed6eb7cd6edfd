"""DO: the ledger, the broker, one file a job type, the schedule, the worker."""
