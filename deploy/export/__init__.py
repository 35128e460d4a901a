"""The log of cases for process mining: XES and CSV, and a check of it against the states of a case."""
