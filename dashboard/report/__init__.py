"""The printed report: two pages on a session, as HTML and as PDF."""
