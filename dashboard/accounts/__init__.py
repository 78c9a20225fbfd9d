"""Accounts in the dashboard: who may ask for what, signing in, and the pages for it."""
