"""What the service takes and gives, as pydantic models with examples."""
