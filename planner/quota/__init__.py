"""Quotas: from the company target to what one seat carries, to the cent."""
