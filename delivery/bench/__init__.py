"""Benchmarks: side by side in one run, told as ratios."""

from delivery.bench.startup import bench_startup

__all__ = ["bench_startup"]
