"""Settings become the arguments of `minikube start`."""

from __future__ import annotations

import pytest

from delivery.cluster.capacity import Size
from delivery.cluster.minikube_arguments import Start, flag_values, missing_ports

SIZE = Size(2, 4096)
PORTS = {30001: 31001, 30000: 30000}
COMMON = ["start", "--profile=todo", "--interactive=false", "--embed-certs"]
SIZES = ["--cpus=2", "--memory=4096mb"]
VERSION = ["--kubernetes-version=v1.34.4"]
PUBLISHED = ["--ports=127.0.0.1:30000:30000,127.0.0.1:31001:30001"]

NEW = [
    ("docker as a user", Start("todo", "docker", (), False), "",
     [*COMMON, "--driver=docker", *SIZES, *VERSION, *PUBLISHED]),
    ("docker as root is forced", Start("todo", "docker", (), True), "containerd",
     [*COMMON, "--force", "--driver=docker", "--container-runtime=containerd", *SIZES, *VERSION, *PUBLISHED]),
    ("a virtual machine publishes nothing and is not forced", Start("todo", "kvm2", (), True), "",
     [*COMMON, "--driver=kvm2", *SIZES, *VERSION]),
    ("minikube's own choice of driver", Start("todo", "", (), False), "", [*COMMON, *SIZES, *VERSION]),
    ("the user's arguments win and come last",
     Start("todo", "docker",
           ("--memory=3g", "--kubernetes-version", "v1.33.1", "--force", "--base-image=b:1"), True),
     "docker",
     [*COMMON, "--driver=docker", "--container-runtime=docker", "--cpus=2", *PUBLISHED,
      "--memory=3g", "--kubernetes-version", "v1.33.1", "--force", "--base-image=b:1"]),
    ("short flags count as well", Start("todo", "docker", ("-c", "cri-o", "-m=3g"), False), "docker",
     [*COMMON, "--driver=docker", "--cpus=2", *VERSION, *PUBLISHED, "-c", "cri-o", "-m=3g"]),
    ("a name with a blank stays one argument", Start("todo", "docker", ("--extra-config=a=b c",), False), "",
     [*COMMON, "--driver=docker", *SIZES, *VERSION, *PUBLISHED, "--extra-config=a=b c"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("start", "runtime", "expected"), [row[1:] for row in NEW], ids=[row[0] for row in NEW]
)
def test_a_new_profile_is_started_with(start: Start, runtime: str, expected: list[str]) -> None:
    assert start.new(SIZE, runtime, PORTS) == expected


def test_a_profile_that_exists_keeps_size_version_and_ports() -> None:
    start = Start("todo", "docker", ("--preload=false",), False)
    assert start.again() == [*COMMON, "--preload=false"]


def test_no_ports_no_flag() -> None:
    assert not [a for a in Start("todo", "docker", (), False).new(SIZE, "", {}) if a.startswith("--ports")]


@pytest.mark.parametrize(
    ("arguments", "flag", "expected"),
    [
        (("--driver=kvm2",), "--driver", ("kvm2",)),
        (("--driver", "kvm2"), "--driver", ("kvm2",)),
        (("-d", "kvm2"), "--driver", ("kvm2",)),
        (("--vm-driver=kvm2",), "--driver", ("kvm2",)),
        (("--force", "--driver=kvm2"), "--force", ("",)),
        (("--drivers=kvm2",), "--driver", ()),
    ],
)
def test_the_value_of_a_flag_is_found(
    arguments: tuple[str, ...], flag: str, expected: tuple[str, ...]
) -> None:
    assert flag_values(arguments, flag) == expected


def test_ports_that_the_user_publishes_are_not_published_twice() -> None:
    assert missing_ports([30000, 30001], ("--ports=127.0.0.1:31000:30000,8080:80",)) == [30001]
