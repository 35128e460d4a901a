"""Intake: the directory, accounts, visits, requests, and everything that names a citizen."""
