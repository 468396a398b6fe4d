"""Publish/subscribe between instances, and the one place that talks to Redis."""
