"""Months of both programmes on simulated time: what supervision records, and that nothing which happens to it shows."""
