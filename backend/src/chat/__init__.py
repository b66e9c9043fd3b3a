"""The chat as callers see it: REST, server-sent events, and the ChatKit protocol, all over the same turn."""
