"""Releases: plan, lock, helm, record of verified revisions, deploy."""
