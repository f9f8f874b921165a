"""Long work in processes of its own: queue, progress, cancel, and what is left after a restart."""
