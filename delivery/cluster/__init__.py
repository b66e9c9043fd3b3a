"""Clusters: providers minikube, kind and context behind one handle."""

from delivery.cluster.guard import ensure_may_change
from delivery.cluster.handle import Cluster
from delivery.cluster.kubeconfig import print_kubeconfig
from delivery.cluster.lifecycle import connect, down, up
from delivery.cluster.overview import ClusterStatus, print_status, status
from delivery.cluster.portforward import port_forward
from delivery.cluster.provider import HostPort

__all__ = [
    "Cluster",
    "ClusterStatus",
    "HostPort",
    "connect",
    "down",
    "ensure_may_change",
    "port_forward",
    "print_kubeconfig",
    "print_status",
    "status",
    "up",
]
