"""Runs migrations on the connection `tilth.store.database` hands over, in its transaction."""

from alembic import context

# Only Alembic gives the context a config; whoever else imports this file runs nothing.
if hasattr(context, "config"):
    context.configure(connection=context.config.attributes["connection"])
    with context.begin_transaction():
        context.run_migrations()
