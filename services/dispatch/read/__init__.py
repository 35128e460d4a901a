"""Read models of dispatch and the queries over them."""
