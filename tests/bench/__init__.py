"""Benchmarks: this product and its peers, side by side, judged by rules of their own; see ``docs/benchmarks.md``."""
