"""What surrounds every request: its id, its log line, its limits, its errors."""
