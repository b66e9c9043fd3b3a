"""The charts as the tests see them: rendered by helm, taken apart into objects."""

from __future__ import annotations

import functools
import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

HELM_DIR = Path(__file__).resolve().parents[3] / "helm"
# The two of the plan.
APP_CHARTS = ("frontend", "backend")
# Those that share their templates (test_twins.py): a Deployment behind a Service that speaks HTTP.
HTTP_CHARTS = (*APP_CHARTS, "demo-model")
CHARTS = (*HTTP_CHARTS, "database")
# Values of the other two that mean nothing for a model without Secret, tables or visitors.
LEFT_OUT_OF_DEMO_MODEL = ("secret", "migrate", "pdb", "autoscaling", "ingress")
# Of those that share them one will do for what only templates decide.
ONE_OF_EACH = ("backend", "database")

# libyaml where PyYAML has it: nine times as fast.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Manifest = dict[str, Any]
Values = dict[str, Any]


def chart_dir(chart: str) -> Path:
    """The folder of a chart."""
    return HELM_DIR / chart


@functools.cache
def defaults(chart: str) -> Values:
    """The chart's values.yaml; not to be changed."""
    return dict(yaml.safe_load((chart_dir(chart) / "values.yaml").read_text(encoding="utf-8")))


def ci_values(chart: str, name: str) -> Values:
    """One of the chart's ci files, by the part of its name before `-values.yaml`."""
    text = (chart_dir(chart) / "ci" / f"{name}-values.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text) or {})


def ci_names(chart: str) -> list[str]:
    """Names of the chart's ci files."""
    return sorted(
        path.name.removesuffix("-values.yaml") for path in (chart_dir(chart) / "ci").glob("*-values.yaml")
    )


CI_CASES = [(chart, name) for chart in CHARTS for name in ci_names(chart)]


@dataclass(frozen=True)
class Rendered:
    """The objects of one release."""

    objects: tuple[Manifest, ...]

    def all(self, kind: str) -> list[Manifest]:
        """All objects of a kind, hooks left out."""
        return [o for o in self.objects if o["kind"] == kind and not _is_hook(o)]

    def one(self, kind: str) -> Manifest:
        """The only object of a kind."""
        found = self.all(kind)
        assert len(found) == 1, f"{len(found)} objects of kind {kind}"
        return found[0]

    def workload(self) -> Manifest:
        """The Deployment or StatefulSet."""
        return next(o for o in self.objects if o["kind"] in ("Deployment", "StatefulSet"))

    def pod(self) -> Manifest:
        """The workload's pod template."""
        return dict(self.workload()["spec"]["template"])

    def container(self) -> Manifest:
        """The workload's only container."""
        (container,) = self.pod()["spec"]["containers"]
        return dict(container)

    def test_pod(self) -> Manifest:
        """The pod of `helm test`."""
        return next(o for o in self.objects if _is_hook(o))

    def pod_specs(self) -> list[Manifest]:
        """The pod specs of the workload and of the helm test."""
        hooks = [o["spec"] for o in self.objects if _is_hook(o)]
        return [self.pod()["spec"], *hooks]


def _is_hook(manifest: Manifest) -> bool:
    return "helm.sh/hook" in manifest["metadata"].get("annotations", {})


def containers(pod_spec: Manifest) -> list[Manifest]:
    """All containers of a pod, init containers first."""
    return [*pod_spec.get("initContainers", []), *pod_spec["containers"]]


@dataclass
class Helm:
    """Runs helm on the charts; equal renderings are made once."""

    path: str
    _made: dict[tuple[str, str, str], Rendered] = field(default_factory=dict)

    def render(self, chart: str, values: Values | None = None, release: str = "") -> Rendered:
        """`helm template` with values over the chart's own; fails the test on an error of helm."""
        key = (chart, release or chart, json.dumps(values or {}))
        if key not in self._made:
            answer = self.template(chart, values, release)
            assert answer.returncode == 0, answer.stderr
            self._made[key] = Rendered(tuple(o for o in yaml.load_all(answer.stdout, LOADER) if o))
        return self._made[key]

    def template(
        self, chart: str, values: Values | None = None, release: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """`helm template`, whatever comes of it."""
        return self.run("template", release or chart, str(chart_dir(chart)), "-f", "-", values=values)

    def run(self, *args: str, values: Values | None = None) -> subprocess.CompletedProcess[str]:
        """Any helm command, values on stdin."""
        return subprocess.run(
            [self.path, *args],
            input=json.dumps(values or {}),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
