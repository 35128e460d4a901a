"""Files by their content: what may be stored, and where it lies."""
