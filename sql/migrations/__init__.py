"""Alembic migrations; each revision is a SQL file and the lines that run it."""
