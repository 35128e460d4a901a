"""Decisions of intake: pure functions over one stream each."""
