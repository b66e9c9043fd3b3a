"""Benchmarks: side by side in one run, told as ratios or beside each other."""

from delivery.bench.startup import bench_startup

__all__ = ["bench_startup"]
