"""The plan's success criteria SC-001 to SC-012, measured on the deployed app, and their report."""

from delivery.criteria.verification import Request, requested, verify_success_criteria

__all__ = ["Request", "requested", "verify_success_criteria"]
