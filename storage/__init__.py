"""The storage: tables, typed queries, migrations, pseudonyms, the durable inbox and outbox."""
