"""What helm itself says of the charts."""

from __future__ import annotations

import pytest
import yaml

from tests.unit.charts.charts import CHARTS, CI_CASES, Helm, chart_dir


@pytest.mark.parametrize("chart", CHARTS)
def test_helm_lint_strict_has_nothing_to_say_for_any_ci_file(chart: str, helm: Helm) -> None:
    files = sorted((chart_dir(chart) / "ci").glob("*-values.yaml"))
    assert len(files) == len([case for case in CI_CASES if case[0] == chart]) >= 4
    for file in files:
        answer = helm.run("lint", "--strict", "--values", str(file), str(chart_dir(chart)))
        assert answer.returncode == 0, answer.stdout + answer.stderr
        assert "[WARNING]" not in answer.stdout


@pytest.mark.parametrize("chart", CHARTS)
def test_the_chart_stands_alone_and_says_what_it_needs(chart: str) -> None:
    meta = yaml.safe_load((chart_dir(chart) / "Chart.yaml").read_text(encoding="utf-8"))
    assert meta["name"] == chart
    assert meta["version"] == "1.0.0"
    assert meta["appVersion"] == "phase4"
    assert meta["kubeVersion"] == ">=1.28.0-0"
    assert meta["type"] == "application"
    assert "dependencies" not in meta


def test_an_older_kubernetes_is_refused(helm: Helm) -> None:
    answer = helm.run("template", "backend", str(chart_dir("backend")), "--kube-version", "1.27.9")
    assert answer.returncode != 0
    assert ">=1.28.0-0" in answer.stderr


def test_a_managed_kubernetes_with_a_suffix_in_its_version_is_accepted(helm: Helm) -> None:
    answer = helm.run("template", "backend", str(chart_dir("backend")), "--kube-version", "v1.30.3-gke.1")
    assert answer.returncode == 0, answer.stderr
