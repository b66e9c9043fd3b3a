"""Images: content tag, build, load, proof that each node has it, pruning."""

from delivery.image.build import Image, build_image, planned_image
from delivery.image.node_load import ensure_on_nodes
from delivery.image.prune import prune_images

__all__ = ["Image", "build_image", "ensure_on_nodes", "planned_image", "prune_images"]
