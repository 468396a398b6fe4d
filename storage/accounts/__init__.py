"""Accounts: who can log in, their sessions, passwords and mails."""
