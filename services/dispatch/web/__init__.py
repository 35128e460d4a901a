"""Pages, forms and the JSON API of dispatch."""
