"""The commands that kubectl and helm really have, and which of them change something.

Held against the programs' own help by tests. A verb with further verbs maps to those.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from delivery.command import Door
from delivery.errors import DeliveryError, Interrupted

_ALONE: frozenset[str] = frozenset()


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


KUBECTL: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(
        _words(
            "expose run explain get edit delete scale autoscale cordon uncordon drain taint describe logs"
            " attach exec port-forward proxy cp debug events diff patch replace wait kustomize label annotate"
            " completion api-resources api-versions version options help alpha"
        ),
        _ALONE,
    ),
    "apply": _words("edit-last-applied set-last-applied view-last-applied"),
    "auth": _words("can-i reconcile whoami"),
    "certificate": _words("approve deny"),
    "cluster-info": _words("dump"),
    "config": _words(
        "current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users"
        " rename-context set set-cluster set-context set-credentials unset use-context view"
    ),
    "create": _words(
        "clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace"
        " poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token"
    ),
    "plugin": _words("list"),
    "rollout": _words("history pause restart resume status undo"),
    "set": _words("env image resources selector serviceaccount subject"),
    "top": _words("node pod"),
}
HELM: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(
        _words(
            "create env help history install lint list package pull push rollback status template test"
            " uninstall upgrade verify version"
        ),
        _ALONE,
    ),
    "completion": _words("bash fish powershell zsh"),
    "dependency": _words("build list update"),
    "get": _words("all hooks manifest metadata notes values"),
    "plugin": _words("install list package uninstall update verify"),
    "registry": _words("login logout"),
    "repo": _words("add index list remove update"),
    "search": _words("hub repo"),
    "show": _words("all chart crds readme values"),
}
VERBS = {"kubectl": KUBECTL, "helm": HELM}
# These take a verb of their own; without it, or with words that are none, they are no command.
NEEDS_MORE = {
    "kubectl": _words("auth certificate config plugin rollout set top"),
    "helm": _words("completion dependency get plugin registry repo search show"),
}
# Other names of the same verbs, as the programs accept them.
ALIASES = {
    "kubectl": {
        "nodes": "node", "no": "node", "pods": "pod", "po": "pod", "cm": "configmap", "deploy": "deployment",
    },
    "helm": {
        "ls": "list", "hist": "history", "del": "uninstall", "delete": "uninstall", "un": "uninstall",
        "dep": "dependency", "dependencies": "dependency", "inspect": "show", "fetch": "pull",
    },
}  # fmt: skip
READS = {
    "kubectl": _words(
        "get describe logs events explain top version api-resources api-versions cluster-info help options"
        " wait diff rollout/history rollout/status auth/can-i auth/whoami config/view config/get-contexts"
        " config/current-context config/get-clusters config/get-users port-forward kustomize completion"
    ),
    "helm": _words(
        "list status history get show template lint env version help search verify completion"
        " dependency/list repo/list plugin/list"
    ),
}
_FLAG = re.compile(r"^\s+(?:-\w, )?--([a-z][\w-]*)", re.MULTILINE)
_HELP_S = 5.0


def changes(program: str, verb: str, more: str) -> bool:
    """Whether this command changes a cluster or this machine's configuration."""
    return not {verb, f"{verb}/{more}"} & READS[program]


class CommandHelp:
    """Asks the programs which flags a command takes; `programs` are those that are installed, by name."""

    def __init__(self, door: Door, programs: Mapping[str, str]) -> None:
        self._door, self._programs = door, programs
        self._known: dict[tuple[str, ...], frozenset[str] | None] = {}

    def flags(self, words: tuple[str, ...]) -> frozenset[str] | None:
        """Long flags of a command such as ``("kubectl", "rollout", "restart")``; None where nobody tells."""
        if words not in self._known:
            self._known[words] = self._asked(words)
        return self._known[words]

    def _asked(self, words: tuple[str, ...]) -> frozenset[str] | None:
        program = self._programs.get(words[0])
        if not program:
            return None
        common = ["options"] if words[0] == "kubectl" else ["help"]
        try:
            answers = [
                self._door.read([program, *rest], timeout_s=_HELP_S).stdout
                for rest in ([*words[1:], "--help"], common)
            ]
        except Interrupted:
            raise
        except DeliveryError:
            return None
        return frozenset(_FLAG.findall("\n".join(answers)))
