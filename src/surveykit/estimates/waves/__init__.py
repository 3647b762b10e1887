"""The same survey in several rounds: what changed, and what was asked otherwise."""
