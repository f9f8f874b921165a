"""Approval of plans: stages, challenges, comments, certificates, publications, put together from planner and store."""
