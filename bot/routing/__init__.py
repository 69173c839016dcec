"""From an update to its handler: commands, buttons, groups, statistics."""
