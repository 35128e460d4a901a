"""One pure step per schema version, on raw data before validation; never edited, never deleted."""
