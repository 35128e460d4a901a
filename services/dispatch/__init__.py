"""Dispatch: cases and their orders, from opening to strike-off."""
