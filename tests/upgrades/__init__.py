"""Data as the first release wrote it, for the way through all migrations."""
