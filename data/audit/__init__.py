"""An audit of an output from its files alone: everything that must hold is worked out again."""

from data.audit.checks import audit
from data.audit.report import AuditReport, Check

__all__ = ["AuditReport", "Check", "audit"]
