"""What the service keeps: a database (SQLite or PostgreSQL) for records, content-addressed files for data."""
