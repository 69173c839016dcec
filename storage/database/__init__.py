"""Sessions, drivers, keys, errors and backup: what every table needs."""
