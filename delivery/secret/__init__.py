"""Secrets: from the env to hashed, immutable Secrets of the cluster; values never leave stdin."""

from delivery.secret.apply import apply_secret, prune_secrets
from delivery.secret.data import SecretData, secret_for
from delivery.secret.database import Credentials, ensure_credentials, planned_credentials, read_credentials
from delivery.secret.generated import keep_generated

__all__ = [
    "Credentials",
    "SecretData",
    "apply_secret",
    "ensure_credentials",
    "keep_generated",
    "planned_credentials",
    "prune_secrets",
    "read_credentials",
    "secret_for",
]
