"""Releases that are no longer wanted: found, told, and removed only where nothing is lost."""

from __future__ import annotations

from delivery.operations.down import releases_to_remove
from delivery.release.helm import Release
from delivery.release.left_over import LeftOver, left_over
from delivery.release.record import Record
from delivery.release.state import NamespaceState, our_records
from tests.unit.release.conftest import OwnSettings

DEPLOYED = ("database", "demo-model", "backend", "frontend", "reports")
EXTERNAL = {"DATABASE_URL": "postgresql://me:secret@db.internal/todo", "OPENAI_API_KEY": "sk-real"}


def state(*names: str, records: tuple[str, ...] = ()) -> NamespaceState:
    return NamespaceState(
        {name: Release(name, 1, "deployed") for name in names}, {name: Record(name) for name in records}, {}
    )


def test_what_is_wanted_or_somebody_elses_is_not_left_over(own_settings: OwnSettings) -> None:
    assert left_over(own_settings(), state(*DEPLOYED)) == ()
    assert left_over(own_settings(**EXTERNAL), state("backend", "frontend")) == ()


def test_a_variable_that_was_given_leaves_its_stand_in_over(own_settings: OwnSettings) -> None:
    found = left_over(own_settings(**EXTERNAL), state(*DEPLOYED))
    assert found == (
        LeftOver("database", "DATABASE_URL is given", removable=False),
        LeftOver("demo-model", "OPENAI_API_KEY is given", removable=True),
    )


def test_a_release_that_was_dropped_is_known_by_its_record_and_kept(
    own_settings: OwnSettings,
) -> None:
    found = left_over(own_settings(), state(*DEPLOYED, records=("reports", "gone")))
    assert found == (LeftOver("reports", "deploy.yaml does not name it", removable=False),)
    assert "helm uninstall reports -n shop" in found[0].line("shop")


def test_a_config_map_without_our_label_is_no_record_of_ours() -> None:
    theirs = {"kind": "ConfigMap", "metadata": {"name": "reports-record", "labels": {"app": "x"}}, "data": {}}
    ours = {
        "kind": "ConfigMap", "data": {},
        "metadata": {"name": "web-record", "labels": {"app.kubernetes.io/managed-by": "todo-delivery"}},
    }  # fmt: skip
    assert list(our_records([theirs, ours, {"kind": "Pod", "metadata": {"name": "p"}}])) == ["web"]


def test_taking_down_takes_left_over_ones_too_each_before_what_it_needs(
    own_settings: OwnSettings,
) -> None:
    names = releases_to_remove(own_settings(), state(*DEPLOYED, records=("reports",)))
    assert names.index("backend") < names.index("database")
    assert names.index("frontend") < names.index("database")
    assert set(names) == set(DEPLOYED)
    assert set(releases_to_remove(own_settings(**EXTERNAL), state(*DEPLOYED[:4]))) == set(DEPLOYED[:4])
    assert "reports" not in releases_to_remove(own_settings(), state(*DEPLOYED))
