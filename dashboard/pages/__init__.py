"""Pages: one module per page, each a function from its data to a component."""
