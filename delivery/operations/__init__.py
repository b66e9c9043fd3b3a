"""Whole commands of the task surface: build, deploy, look, take down."""
