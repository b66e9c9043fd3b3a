"""Builds, from package registries alone, what normally comes from an image registry."""

from delivery.packages.base import BaseImage, ensure_base_image, stand_in_for
from delivery.packages.node import NodeImage, ensure_node_image

__all__ = ["BaseImage", "NodeImage", "ensure_base_image", "ensure_node_image", "stand_in_for"]
