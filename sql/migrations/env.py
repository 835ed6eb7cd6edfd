"""Alembic's entry: runs the revisions on the connection that `sql.schema` hands over."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, transaction_per_migration=True)
context.run_migrations()
