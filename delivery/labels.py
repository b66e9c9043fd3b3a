"""Labels of Kubernetes' own vocabulary by which objects are found again.

Source: kubernetes.io/docs/concepts/overview/working-with-objects/common-labels.
"""

from __future__ import annotations

INSTANCE_LABEL = "app.kubernetes.io/instance"
MANAGED_BY_LABEL = "app.kubernetes.io/managed-by"
