"""Postgres: its address, its engine, and what to say when it does not answer."""
