"""Sales planning on arrays: what a plan is and how it is judged."""
