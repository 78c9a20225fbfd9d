"""Parts of pages: pure functions from data to a component, without server or files."""
