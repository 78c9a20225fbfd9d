"""Accounts: who may see whom, and who did."""
