"""values.schema.json takes what the chart needs and says where a value is wrong."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from tests.unit.charts.charts import (
    APP_CHARTS,
    CHARTS,
    CI_CASES,
    HTTP_CHARTS,
    LEFT_OUT_OF_DEMO_MODEL,
    Helm,
    Values,
    chart_dir,
    ci_values,
    defaults,
)

# values, path of the fault, what the message must say
WRONG_FOR_ALL: list[tuple[Values, str, str]] = [
    ({"replicaCont": 1}, "", "replicaCont"),
    ({"image": {"name": "x"}}, "image", "name"),
    ({"image": {"repository": "Todo"}}, "image/repository", "Todo"),
    ({"image": {"tag": 4}}, "image/tag", "string"),
    ({"image": {"tag": "a b"}}, "image/tag", "a b"),
    ({"image": {"digest": "sha256:12"}}, "image/digest", "sha256:12"),
    ({"image": {"pullPolicy": "Sometimes"}}, "image/pullPolicy", "Sometimes"),
    ({"imagePullSecrets": ["registry"]}, "imagePullSecrets/0", "object"),
    ({"global": "x"}, "global", "object"),
    ({"fullnameOverride": "Front_End"}, "fullnameOverride", "Front_End"),
    ({"service": {"port": 0}}, "service/port", "0"),
    ({"service": {"port": "http"}}, "service/port", "integer"),
    ({"resources": {"requests": {"memmory": "1Gi"}}}, "resources/requests", "memmory"),
    ({"resources": {"limits": {"memory": "512 MB"}}}, "resources/limits/memory", "512 MB"),
    ({"livenessProbe": {"httpget": {}}}, "livenessProbe", "httpget"),
    ({"livenessProbe": {"periodSeconds": 0}}, "livenessProbe/periodSeconds", "0"),
    ({"env": {"NOT-A-NAME": "x"}}, "env", "NOT-A-NAME"),
    ({"env": {"X": ["a"]}}, "env/X", "string"),
    ({"writablePaths": {"tmp": {"path": "tmp"}}}, "writablePaths/tmp/path", "tmp"),
    ({"writablePaths": {"new": {"path": "/new"}}}, "writablePaths/new", "sizeLimit"),
    ({"podLabels": {"a": 1}}, "podLabels/a", "string"),
    ({"podSecurityContext": {"runAsUser": "root"}}, "podSecurityContext/runAsUser", "integer"),
    ({"securityContext": {"readOnlyRootFs": True}}, "securityContext", "readOnlyRootFs"),
    ({"tolerations": [{"efect": "NoSchedule"}]}, "tolerations/0", "efect"),
    ({"affinity": {"podAffinitty": {}}}, "affinity", "podAffinitty"),
    ({"networkPolicy": {"enabled": "yes"}}, "networkPolicy/enabled", "boolean"),
    ({"networkPolicy": {"allowFrom": [{}]}}, "networkPolicy/allowFrom/0", ""),
    ({"diagnosticMode": {"enable": True}}, "diagnosticMode", "enable"),
    ({"helmTest": {"enabled": "no"}}, "helmTest/enabled", "boolean"),
]
WRONG_WITH_A_SECRET: list[tuple[Values, str, str]] = [
    ({"secret": {"name": "Backend_Secrets"}}, "secret/name", "Backend_Secrets"),
    ({"secret": {"mountPath": "etc"}}, "secret/mountPath", "etc"),
]
WRONG_FOR_HTTP: list[tuple[Values, str, str]] = [
    ({"replicaCount": "two"}, "replicaCount", "integer"),
    ({"replicaCount": -1}, "replicaCount", "-1"),
    ({"replicaCount": 1.5}, "replicaCount", "integer"),
    ({"service": {"type": "Nodeport"}}, "service/type", "Nodeport"),
    ({"service": {"nodePort": 80}}, "service/nodePort", "30000"),
    ({"service": {"nodePort": 32768}}, "service/nodePort", "32767"),
    ({"service": {"targetPort": 70000}}, "service/targetPort", "65535"),
    ({"command": "sleep 5"}, "command", "array"),
    ({"lifecycle": {"preStop": {"sleep": {"second": 5}}}}, "lifecycle/preStop/sleep", "second"),
    ({"strategy": {"type": "BlueGreen"}}, "strategy/type", "BlueGreen"),
    ({"strategy": {"rollingUpdate": {"maxSurge": "one"}}}, "strategy/rollingUpdate/maxSurge", "one"),
    ({"topologySpreadConstraints": [{"maxSkew": 1}]}, "topologySpreadConstraints/0", "topologyKey"),
    ({"networkPolicy": {"egress": {"x": {"port": 1}}}}, "networkPolicy/egress/x", "port"),
]
WRONG_FOR_APPS: list[tuple[Values, str, str]] = [
    ({"secret": {"env": {"X": "a/b"}}}, "secret/env/X", "a/b"),
    ({"secret": {"env": {"A B": "key"}}}, "secret/env", "A B"),
    ({"secret": {"files": {"ca": "../ca"}}}, "secret/files/ca", "../ca"),
    ({"migrate": {"enabled": True, "command": []}}, "migrate/command", ""),
    ({"pdb": {"unhealthyPodEvictionPolicy": "Never"}}, "pdb/unhealthyPodEvictionPolicy", "Never"),
    ({"autoscaling": {"maxReplicas": 0}}, "autoscaling/maxReplicas", "0"),
    ({"autoscaling": {"targetUtilization": {"gpu": 1}}}, "autoscaling/targetUtilization", "gpu"),
    ({"ingress": {"host": "http://x"}}, "ingress/host", "http://x"),
    ({"ingress": {"pathType": "Regex"}}, "ingress/pathType", "Regex"),
]
WRONG_FOR_DATABASE: list[tuple[Values, str, str]] = [
    ({"replicaCount": 2}, "", "replicaCount"),
    ({"service": {"type": "NodePort"}}, "service", "type"),
    ({"env": {"DATABASE_NAME": "no-dash"}}, "env/DATABASE_NAME", "no-dash"),
    ({"persistence": {"size": "1"}}, "persistence/size", "1"),
    ({"persistence": {"accessMode": "RWO"}}, "persistence/accessMode", "RWO"),
]
WRONG = [
    *((chart, *case) for chart in CHARTS for case in WRONG_FOR_ALL),
    *((chart, *case) for chart in (*APP_CHARTS, "database") for case in WRONG_WITH_A_SECRET),
    *((chart, *case) for chart in HTTP_CHARTS for case in WRONG_FOR_HTTP),
    *((chart, *case) for chart in APP_CHARTS for case in WRONG_FOR_APPS),
    *(("demo-model", {key: {}}, "", key) for key in LEFT_OUT_OF_DEMO_MODEL),
    *(("database", *case) for case in WRONG_FOR_DATABASE),
]

RIGHT: list[Values] = [
    {"global": {"imageRegistry": "r.example.com", "anything": {"else": True}}},
    {"image": {"repository": "localhost:5000/todo/backend", "tag": "", "digest": f"sha256:{'0' * 64}"}},
    {"livenessProbe": None, "startupProbe": None},
    {"resources": {"limits": {"nvidia.com/gpu": 1, "hugepages-2Mi": "4Mi"}}},
    {"resources": {"limits": {"ephemeral-storage": None}, "requests": {"cpu": 1}}},
    {"tolerations": None, "affinity": None, "nodeSelector": None},
]


@functools.cache
def _schema(chart: str) -> dict[str, Any]:
    text = (chart_dir(chart) / "values.schema.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def _merge(base: Values, over: Values) -> Values:
    result = dict(base)
    for key, value in over.items():
        old = result.get(key)
        both = isinstance(value, dict) and isinstance(old, dict)
        result[key] = _merge(old or {}, value) if both else value
    return result


def _faults(chart: str, values: Values) -> list[tuple[str, str]]:
    validator = jsonschema.Draft7Validator(_schema(chart))
    errors = validator.iter_errors(_merge(defaults(chart), values))
    return [("/".join(str(part) for part in e.absolute_path), e.message) for e in errors]


@pytest.mark.parametrize(("chart", "values", "path", "said"), WRONG)
def test_a_wrong_value_is_refused_with_its_path(chart: str, values: Values, path: str, said: str) -> None:
    faults = _faults(chart, values)
    assert {fault[0] for fault in faults} == {path}
    assert said in " ".join(fault[1] for fault in faults)


@pytest.mark.parametrize("chart", CHARTS)
def test_right_values_are_taken(chart: str) -> None:
    for values in ({}, *RIGHT):
        assert _faults(chart, values) == []


@pytest.mark.parametrize(("chart", "case"), CI_CASES)
def test_the_ci_files_are_taken(chart: str, case: str) -> None:
    assert _faults(chart, ci_values(chart, case)) == []


@pytest.mark.parametrize("chart", HTTP_CHARTS)
@pytest.mark.parametrize(
    ("values", "path"),
    [({"replicaCount": "two"}, "replicaCount"), ({"service": {"nodePort": 80}}, "service/nodePort")],
)
def test_helm_refuses_with_the_path(chart: str, values: Values, path: str, helm: Helm) -> None:
    answer = helm.template(chart, values)
    assert answer.returncode != 0
    # Helm 3 writes service.nodePort, Helm 4 /service/nodePort.
    assert path in answer.stderr.replace(".", "/")


@pytest.mark.parametrize("chart", CHARTS)
def test_the_schema_is_a_valid_one_that_helm_3_knows(chart: str) -> None:
    assert _schema(chart)["$schema"] == "http://json-schema.org/draft-07/schema#"
    jsonschema.Draft7Validator.check_schema(_schema(chart))


def _levels(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if "properties" in schema:
        yield path, schema
        for name, inner in schema["properties"].items():
            yield from _levels(inner, f"{path}/{name}")


@pytest.mark.parametrize("chart", CHARTS)
def test_every_level_of_our_own_is_closed_and_only_global_is_open(chart: str) -> None:
    levels = dict(_levels(_schema(chart)))
    is_open = {path for path, level in levels.items() if level.get("additionalProperties") is not False}
    assert is_open <= {"/global"}
    assert "" in levels
    assert "/image" in levels


@pytest.mark.parametrize("chart", CHARTS)
def test_schema_and_values_name_the_same_things(chart: str) -> None:
    assert set(_schema(chart)["properties"]) == set(defaults(chart))
    for name, level in _schema(chart)["properties"].items():
        known = level.get("properties")
        if known and isinstance(defaults(chart)[name], dict):
            assert set(defaults(chart)[name]) <= set(known) | set(defaults(chart)["env"])
