"""What every request and answer has in common: its number, its log line, its metrics, its preconditions, its pages."""
