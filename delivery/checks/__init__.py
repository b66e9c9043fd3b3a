"""Checks of what is deployed and of what it is made from; each area has a `verify` task."""

from delivery.checks.chart_gates import chart_checks
from delivery.checks.check_model import Area, look
from delivery.checks.container_checks import container_checks
from delivery.checks.database_checks import database_checks
from delivery.checks.health_checks import health_checks
from delivery.checks.image_checks import image_checks
from delivery.checks.network_checks import network_checks
from delivery.checks.secret_scan import secret_checks
from delivery.checks.tool_checks import tool_checks
from delivery.checks.values_checks import values_checks

AREAS = {
    area.name: area
    for area in (
        Area("tools", "Tools", tool_checks),
        Area("values", "Values files", values_checks),
        Area("charts", "Charts", chart_checks),
        Area("images", "Images", image_checks),
        Area("containers", "Containers", container_checks),
        Area("health", "Health", health_checks),
        Area("database", "Database", database_checks),
        Area("network", "Network", network_checks),
        Area("secrets", "Secrets", secret_checks),
    )
}

__all__ = ["AREAS", "Area", "look"]
