"""Running the server for others: health, figures for monitoring, logs without personal data."""
