"""Sessions to pages: live view and review, served on this computer only."""
