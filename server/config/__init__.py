"""Configuration by environment variables: read once, checked, frozen."""

from server.config.load import Config, ConfigError, load_config

__all__ = ["Config", "ConfigError", "load_config"]
