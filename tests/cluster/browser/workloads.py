"""Changes to the running app from outside: pods that end, releases scaled to nothing, other ways in."""

from __future__ import annotations

import contextlib
import re
import subprocess
from collections.abc import Iterator

from tests.cluster.conftest import NAMESPACE, Deployment

READY_S = 120
OWN = ("frontend", "backend")


def wait_ready(cluster: Deployment, *workloads: str) -> None:
    """Wait until all pods of workloads (`deployment/backend`) are ready."""
    for workload in workloads:
        cluster.kubectl("rollout", "status", workload, f"--timeout={READY_S}s")


def scale(cluster: Deployment, deployment: str, replicas: int) -> None:
    """Give a Deployment another number of pods, and wait until it has just those."""
    cluster.kubectl("scale", f"deployment/{deployment}", f"--replicas={replicas}")
    wait_ready(cluster, f"deployment/{deployment}")
    if replicas == 0:  # pods that are ending go on answering for a while
        gone = ("pod", "--selector", f"app={deployment}", "--for=delete")
        cluster.kubectl("wait", *gone, f"--timeout={READY_S}s")


def kill_pods(cluster: Deployment, service: str) -> None:
    """End a service's pods without giving them time to finish anything."""
    for pod in cluster.pods(service):
        cluster.kubectl("delete", "pod", pod, "--grace-period=0", "--force", "--wait=false")


def starts(cluster: Deployment) -> dict[str, int]:
    """How often each container of the app's own pods was restarted, by pod and container."""
    return {
        f"{item['metadata']['name']}/{status['name']}": status["restartCount"]
        for service in OWN
        for item in cluster.get("pods", "--selector", f"app={service}")["items"]
        for status in item["status"]["containerStatuses"]
    }


def node_address(cluster: Deployment) -> str:
    """The first node's own address, with the frontend's node port."""
    node = cluster.get("nodes")["items"][0]
    address = next(each["address"] for each in node["status"]["addresses"] if each["type"] == "InternalIP")
    port = cluster.get("service", "frontend")["spec"]["ports"][0]["nodePort"]
    return f"http://{address}:{port}"


@contextlib.contextmanager
def port_forward(cluster: Deployment, service: str, port: int) -> Iterator[str]:
    """The address of `kubectl port-forward` on a free port, while the block runs."""
    where = ["--kubeconfig", str(cluster.kubeconfig), "--namespace", NAMESPACE]
    argv = [cluster.kubectl_program, *where, "port-forward", f"service/{service}", f":{port}"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout
            line = process.stdout.readline()
            found = re.search(r"127\.0\.0\.1:(\d+)", line)
            assert found, line
            yield f"http://localhost:{found[1]}"
        finally:
            process.terminate()
