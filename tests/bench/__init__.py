"""Benchmarks: ``python -m tests.bench [names] [--json FILE]``. Never run by the suite."""
