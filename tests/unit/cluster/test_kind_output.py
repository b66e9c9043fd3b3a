"""What kind prints is turned into progress and reasons."""

from __future__ import annotations

import pytest

from delivery.cluster.kind import creation_failure, progress
from delivery.command import Result

FAILED = """\
Creating cluster "todo" ...
 • Ensuring node image (todo-node:1) 🖼  ...
 ✗ Preparing nodes 📦
ERROR: failed to create cluster: command "docker run --name todo-control-plane" failed: exit status 125
Command Output: 8f1d
docker: Error response from daemon: Bind for 127.0.0.1:30000 failed: port is already allocated.
Stack Trace:
sigs.k8s.io/kind/pkg/errors.WithStack
\tsigs.k8s.io/kind/pkg/errors/errors.go:59
"""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (" • Starting control-plane 🕹️  ...", "Starting control-plane"),
        (" • Ensuring node image (todo-node:1) 🖼  ...", "Ensuring node image (todo-node:1)"),
        (" ✓ Starting control-plane 🕹️", ""),
        ("Have a nice day!", ""),
        ("", ""),
    ],
)
def test_the_line_of_a_step_becomes_its_name(line: str, expected: str) -> None:
    assert progress(line) == expected


def test_a_failure_is_told_without_the_stack_trace() -> None:
    fault = creation_failure("todo", Result(("kind",), 1, "", FAILED, 1.0))
    assert "cluster todo could not be made" in fault.what
    assert "port is already allocated" in fault.why
    assert "errors.go" not in fault.why
