"""Pages, forms and JSON of intake."""
