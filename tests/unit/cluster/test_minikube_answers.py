"""What a real minikube printed is understood."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from delivery.cluster import minikube_answers as answers
from delivery.cluster.provider import HostPort
from tests.unit.cluster.captures import captured

NODE_BASE = "sha256:b779096ff051f3820c9db1eff9442ce8f28631d6d28b17dd51ec61fcbdc67703"


def test_a_profile_is_found_with_its_driver_runtime_and_ports() -> None:
    profile = answers.profile_named(captured("profile-list")[0], "mk")
    assert profile == answers.Profile(
        name="mk", driver="docker", runtime="containerd", version="v1.34.4", nodes=("mk",),
        address="192.168.49.2",
        published={30000: HostPort("127.0.0.1", 31000), 30001: HostPort("127.0.0.1", 31001)},
    )  # fmt: skip


def test_another_profile_is_not_found() -> None:
    assert answers.profile_named(captured("profile-list")[0], "other") is None


@pytest.mark.parametrize("printed", ["", "not json", "[]", "{}", '{"valid": null}'])
def test_an_answer_without_profiles_means_none(printed: str) -> None:
    assert answers.profile_named(printed, "mk") is None


def test_nodes_of_a_profile_bear_the_names_of_their_machines() -> None:
    document = json.loads(captured("profile-list")[0])
    config = document["valid"][0]["Config"]
    config["Nodes"] = [*config["Nodes"], {"Name": "m02", "IP": "192.168.49.3"}]
    profile = answers.profile_named(json.dumps(document), "mk")
    assert profile is not None
    assert profile.nodes == ("mk", "mk-m02")


def test_a_running_machine_is_understood() -> None:
    assert answers.machines(captured("status")[0]) == (answers.MachineStatus("mk", "Running", "Running"),)


def test_an_absent_profile_has_no_machines_though_minikube_prints_json() -> None:
    out, _, code = captured("status-absent")
    assert (answers.machines(out), code) == ((), 85)


def test_several_machines_come_as_a_list() -> None:
    one = json.loads(captured("status")[0])
    worker = {**one, "Name": "mk-m02", "APIServer": "Irrelevant", "Worker": True}
    found = answers.machines(json.dumps([one, worker]))
    assert [machine.name for machine in found] == ["mk", "mk-m02"]


def test_an_image_is_found_under_its_short_name() -> None:
    found = answers.image_in(answers.image_list(captured("image-ls2")[0]), "node-base:0")
    assert found is not None
    assert found.config == NODE_BASE


def test_an_image_that_is_not_loaded_is_not_found() -> None:
    assert answers.image_in(answers.image_list(captured("image-ls")[0]), "node-base:0") is None


def test_runtime_docker_prints_ids_without_their_prefix() -> None:
    images = answers.image_list(captured("image-ls2")[0])
    cut = [{**image, "id": image["id"].removeprefix("sha256:")} for image in images]
    found = answers.image_in(cut, "node-base:0")
    assert found is not None
    assert found.config == NODE_BASE


def test_two_images_under_one_name_count_as_none() -> None:
    images = [{"id": f"sha256:{n}", "repoTags": ["docker.io/library/app:1"]} for n in (1, 2)]
    assert answers.image_in(images, "app:1") is None


def test_the_reason_comes_without_boxes_and_advice() -> None:
    out, err, _ = captured("docker-env")
    assert answers.reason(out, err) == "MK_START_NERDCTLD: Failed to enable nerdctl.socket:"


def test_without_an_exit_line_the_last_words_are_the_reason() -> None:
    _, err, _ = captured("image-load-absent")
    assert answers.reason("", err).startswith("! The image 'todo-x:nope' was not found")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:31000:30000", {30000: HostPort("127.0.0.1", 31000)}),
        ("8080:30000", {30000: HostPort("", 8080)}),
        ("8080:30000/tcp", {30000: HostPort("", 8080)}),
        ("[::1]:8080:30000", {30000: HostPort("[::1]", 8080)}),
        ("30000", {}),
        ("", {}),
    ],
)
def test_published_ports_are_read_as_docker_writes_them(text: str, expected: dict[int, HostPort]) -> None:
    assert answers.published_ports([text]) == expected


@pytest.mark.parametrize(
    ("named", "expected"),
    [("", "/home/u/.minikube"), ("/big/.minikube", "/big/.minikube"), ("/big", "/big/.minikube")],
)
def test_minikube_keeps_its_files_where_its_own_rule_says(named: str, expected: str) -> None:
    environ = {"MINIKUBE_HOME": named} if named else {}
    assert answers.minikube_home(environ, Path("/home/u")) == Path(expected)
