"""Builds, from package registries alone, what normally comes from an image registry."""

from delivery.packages.node import NodeImage, ensure_node_image
from delivery.packages.stand_ins import StandInImage, ensure_stand_in, stand_in_for

__all__ = ["NodeImage", "StandInImage", "ensure_node_image", "ensure_stand_in", "stand_in_for"]
