"""A pod that is told to stop: its answers go on for a while, and nothing waits for longer than it must."""

from __future__ import annotations

import pytest

from tests.unit.charts.charts import APP_CHARTS, CHARTS, HTTP_CHARTS, Helm

# What uvicorn takes to close up after its last request, with room: the lifespan's end, the database's pool.
CLOSING_S = 5
# backend and demo-model have it from their image (Dockerfile.backend) where the chart says nothing.
IMAGES_DRAIN_S = 20


def _grace_s(chart: str, helm: Helm) -> int:
    return int(helm.render(chart).pod()["spec"]["terminationGracePeriodSeconds"])


def _pause_s(chart: str, helm: Helm) -> int:
    command = helm.render(chart).container()["lifecycle"]["preStop"]["exec"]["command"]
    assert command[0] == "sleep"
    return int(command[1])


def _backend_drain_s(helm: Helm) -> int:
    return int(helm.render("backend").one("ConfigMap")["data"]["UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN"])


@pytest.mark.parametrize("chart", HTTP_CHARTS)
def test_nodes_stop_sending_requests_before_the_app_is_told_to_stop(chart: str, helm: Helm) -> None:
    assert _pause_s(chart, helm) == 5


def test_the_backend_stops_by_itself_before_it_is_killed(helm: Helm) -> None:
    assert _grace_s("backend", helm) >= _pause_s("backend", helm) + _backend_drain_s(helm) + CLOSING_S
    assert _grace_s("demo-model", helm) >= _pause_s("demo-model", helm) + IMAGES_DRAIN_S + CLOSING_S


def test_the_frontend_outlives_the_answers_that_stream_through_it(helm: Helm) -> None:
    assert _grace_s("frontend", helm) >= _pause_s("frontend", helm) + _backend_drain_s(helm)


def test_an_answer_has_time_for_a_slow_model_twice(helm: Helm) -> None:
    data = helm.render("backend").one("ConfigMap")["data"]
    assert _backend_drain_s(helm) >= 2 * int(data["MODEL_TIMEOUT_S"])
    assert int(data["RUN_TIMEOUT_S"]) > int(data["MODEL_TIMEOUT_S"])


@pytest.mark.parametrize("chart", HTTP_CHARTS)
def test_old_pods_are_gone_before_kubernetes_calls_the_new_ones_late(chart: str, helm: Helm) -> None:
    """With strategy Recreate, or no room for an extra pod, new pods wait for the old ones' end."""
    deadline_s = helm.render(chart).workload()["spec"]["progressDeadlineSeconds"]
    assert _grace_s(chart, helm) + CLOSING_S < deadline_s


@pytest.mark.parametrize("chart", CHARTS)
def test_an_uninstall_is_over_within_a_minute_and_a_half(chart: str, helm: Helm) -> None:
    assert _grace_s(chart, helm) < 90


@pytest.mark.parametrize("chart", APP_CHARTS)
def test_a_pod_that_hangs_is_not_given_the_time_of_one_that_answers(chart: str, helm: Helm) -> None:
    grace_s = helm.render(chart).container()["livenessProbe"]["terminationGracePeriodSeconds"]
    assert _pause_s(chart, helm) < grace_s < _grace_s(chart, helm)
