"""Do the charts fit a node? Requests decide what the scheduler places, limits what the app can take.

A rolling update starts a pod before it stops one, so a node must have room for all pods of all charts and for
one more of each chart that updates so, beside what the control plane asks for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
import yaml

from tests.unit.charts.charts import (
    APP_CHARTS,
    CHARTS,
    HTTP_CHARTS,
    Helm,
    Manifest,
    Values,
    chart_dir,
    containers,
)

# CPU requested in kube-system: etcd 100m, API server 250m, controller manager 200m, scheduler 100m,
# CoreDNS 2 × 100m, kindnet 100m; minikube asks for less.
KUBE_SYSTEM_CPU = 0.95
GIB = 1024**3
_UNITS = {"": 1, "m": 0.001, "Ki": 1024, "Mi": 1024**2, "Gi": GIB}


def quantity(text: str) -> float:
    """A Kubernetes quantity in cores or bytes."""
    match = re.fullmatch(r"([0-9.]+)([A-Za-z]*)", text)
    assert match, text
    return float(match[1]) * _UNITS[match[2]]


@dataclass(frozen=True)
class Need:
    """What a pod asks for and may take: cores and bytes."""

    cpu: float
    memory_bytes: float
    limit_bytes: float


def pod_need(spec: Manifest) -> Need:
    """Init containers run before the others, so the larger of the two counts (as the scheduler does it)."""

    def effective(kind: str, resource: str) -> float:
        init = [quantity(c["resources"][kind][resource]) for c in spec.get("initContainers", [])]
        apps = [quantity(c["resources"][kind][resource]) for c in spec["containers"]]
        return max([sum(apps), *init])

    return Need(effective("requests", "cpu"), effective("requests", "memory"), effective("limits", "memory"))


def _small(chart: str) -> Values:
    path = chart_dir(chart) / "values-small.yaml"
    return dict(yaml.safe_load(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def _at_rest(helm: Helm, small: bool) -> Need:
    needs = [
        (helm.render(c, _small(c) if small else {}).workload()["spec"]["replicas"], _need(helm, c, small))
        for c in CHARTS
    ]
    return Need(
        sum(count * need.cpu for count, need in needs),
        sum(count * need.memory_bytes for count, need in needs),
        sum(count * need.limit_bytes for count, need in needs),
    )


def _need(helm: Helm, chart: str, small: bool) -> Need:
    return pod_need(helm.render(chart, _small(chart) if small else {}).pod()["spec"])


def _surge_cpu(helm: Helm, small: bool) -> float:
    return sum(_need(helm, chart, small).cpu for chart in HTTP_CHARTS)


def test_the_defaults_fit_three_cpus_while_everything_is_updated_at_once(helm: Helm) -> None:
    assert _at_rest(helm, small=False).cpu == pytest.approx(1.125)
    assert KUBE_SYSTEM_CPU + _at_rest(helm, small=False).cpu + _surge_cpu(helm, small=False) <= 3.0


def test_the_defaults_do_not_fit_two_cpus_so_the_small_values_are_needed(helm: Helm) -> None:
    assert KUBE_SYSTEM_CPU + _at_rest(helm, small=False).cpu > 2.0


def test_the_small_values_fit_two_cpus_with_half_a_cpu_to_spare(helm: Helm) -> None:
    used = KUBE_SYSTEM_CPU + _at_rest(helm, small=True).cpu + _surge_cpu(helm, small=True)
    assert used <= 2.0 - 0.5


def test_the_small_values_hold_the_app_within_two_gib_for_good(helm: Helm) -> None:
    assert _at_rest(helm, small=True).limit_bytes <= 2 * GIB


def test_the_defaults_ask_for_less_than_two_gib_even_during_an_update(helm: Helm) -> None:
    surge = sum(_need(helm, chart, small=False).memory_bytes for chart in HTTP_CHARTS)
    assert _at_rest(helm, small=False).memory_bytes + surge <= 2 * GIB


@pytest.mark.parametrize("chart", APP_CHARTS)
def test_small_values_lower_requests_and_memory_and_leave_the_rest_alone(chart: str, helm: Helm) -> None:
    small, usual = helm.render(chart, _small(chart)), helm.render(chart)
    assert set(_small(chart)) == {"resources"}
    assert _need(helm, chart, small=True).cpu < _need(helm, chart, small=False).cpu
    cpu_limits = [s.container()["resources"]["limits"]["cpu"] for s in (small, usual)]
    assert cpu_limits[0] == cpu_limits[1], "a limit below the plan's would only slow the start"


@pytest.mark.parametrize("chart", CHARTS)
def test_what_a_container_may_write_fits_its_storage_limit(chart: str, helm: Helm) -> None:
    spec = helm.render(chart).pod()["spec"]
    volumes = sum(quantity(v["emptyDir"]["sizeLimit"]) for v in spec["volumes"] if "emptyDir" in v)
    limit = sum(quantity(c["resources"]["limits"]["ephemeral-storage"]) for c in spec["containers"])
    assert volumes < limit
    assert all(quantity(c["resources"]["requests"]["memory"]) > 0 for c in containers(spec))
