"""Tasks: the table, what goes in and out, and the routes."""
