"""Specs and tests of dispatch."""
