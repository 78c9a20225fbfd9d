"""Looking after a library: back-up, restore, copy, verify, retention, erasure."""
