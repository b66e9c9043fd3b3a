"""Settings: flag > environment > .env > deploy.yaml > default, validated at once."""

from delivery.settings.app_env import secret_values
from delivery.settings.load import load_settings
from delivery.settings.model import ClusterSettings, Minikube, Service, Settings, Timeouts

__all__ = ["ClusterSettings", "Minikube", "Service", "Settings", "Timeouts", "load_settings", "secret_values"]
