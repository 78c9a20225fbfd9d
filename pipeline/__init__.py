"""Samples to strides, sessions, tables and the library of sessions."""
