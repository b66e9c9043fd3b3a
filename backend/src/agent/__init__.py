"""The agent: its instructions, its memory, its model, and one run of it as a stream of events."""
