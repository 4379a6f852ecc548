"""Env: runs Alembic's migrations on the connection that `core.store.upgrade` hands over."""

from alembic import context

from core.store.tables import Base


def run() -> None:
    """Migrate inside the caller's transaction. SQLite alters tables by copying them (batch mode)."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


run()
