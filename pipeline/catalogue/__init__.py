"""The catalogue of the library: runners, sessions and their summaries in a database."""
