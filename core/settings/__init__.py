"""Settings: one frozen object, read once from the environment and validated before anything opens."""

from core.settings.setting import SettingsError
from core.settings.settings import Network, Settings, is_safe, networks_of

__all__ = ["Network", "Settings", "SettingsError", "is_safe", "networks_of"]
