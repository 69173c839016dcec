"""What is kept: tables, typed queries, migrations, pseudonyms, the durable inbox and outbox."""
