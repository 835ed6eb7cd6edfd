"""Backups as files and as the work of PostgreSQL's own programs; `tasks.services.backups` decides about them."""
