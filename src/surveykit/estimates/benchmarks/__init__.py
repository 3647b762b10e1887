"""Published figures, and what can be said when an estimate stands beside one."""
