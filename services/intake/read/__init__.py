"""Read models of intake, and the queries over them."""
