"""Conversations: their tables, how a message comes in, what a run leaves behind, and the routes."""
