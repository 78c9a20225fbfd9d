"""What a number of a session is worth: intervals, changes, comparisons and patterns."""
