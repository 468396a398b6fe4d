"""Conversations, groups and messages."""
