"""Deploys that fail go back, by themselves and by hand; what came back is proven."""

from __future__ import annotations

import re
import subprocess
from typing import Any

import pytest

from tests.cluster.conftest import AUTH_SECRET, Deployment, request

pytestmark = pytest.mark.cluster

CRASH = "services.backend.values.command=['python','-c','raise SystemExit(\"no luck today\")']"
FRONTEND = "services.frontend.values.env.BACKEND_TIMEOUT_MS='14000'"
DEBUG = "services.backend.values.env.LOG_LEVEL=DEBUG"
OTHER_SECRET = "another-secret-of-these-tests-" + "x" * 16


def row(deployed: Deployment, service: str = "backend") -> dict[str, Any]:
    return next(dict(one) for one in deployed.kit.json("deploy.status") if one["service"] == service)


def config(deployed: Deployment, service: str = "backend") -> dict[str, str]:
    return dict(deployed.get("configmap", f"{service}-config")["data"])


def set_all(*settings: str) -> list[str]:
    return [word for setting in settings for word in ("--set", setting)]


@pytest.fixture(autouse=True)
def as_the_sources_say(deployed: Deployment) -> None:
    """Each test begins with the app as it is without its own settings."""
    deployed.kit.run("deploy.all", "--yes")


@pytest.mark.parametrize(
    ("settings", "code", "words"),
    [
        pytest.param([CRASH], "CRASH_LOOP", "no luck today", id="crash"),
        pytest.param(
            ["services.backend.values.image.tag=never-built"],
            "IMAGE_NOT_FOUND", "there is no image todo-backend:never-built", id="image",
        ),
        pytest.param(
            ["services.backend.values.secret.env.DATABASE_URL=no-such-key"],
            "SECRET_KEY_MISSING", "has no key no-such-key", id="secret",
        ),
    ],
)  # fmt: skip
def test_a_deploy_that_fails_is_taken_back_and_proven(
    deployed: Deployment, settings: list[str], code: str, words: str
) -> None:
    before = row(deployed)
    done = deployed.kit.run("deploy.backend", *set_all(*settings), check=False)
    assert done.returncode == 3, done.stderr
    assert code in done.stderr
    assert words in done.stderr
    assert f"(revision {before['revision'] + 2} now), verified" in done.stderr
    after = row(deployed)
    assert after["ready"] and after["verified"]
    assert after["revision"] == before["revision"] + 2
    assert (after["image"], after["secret"]) == (before["image"], before["secret"])
    assert request(deployed.urls["backend"])
    folder = re.search(r"evidence: (\S+)", done.stderr)
    assert folder
    kept = deployed.kit.folder / folder[1]
    assert code in (kept / "verdict.txt").read_text()
    assert (kept / "objects.json").is_file()


def test_a_database_that_fails_goes_back_itself_and_keeps_its_data(deployed: Deployment) -> None:
    deployed.rows("create table kept as select 1 as one")
    done = deployed.kit.run(
        "deploy.all", *set_all("services.database.values.image.tag=never-built"), check=False
    )
    assert done.returncode == 3, done.stderr
    assert "database is back at what revision" in done.stderr
    assert row(deployed, "database")["verified"]
    assert deployed.rows("select one from kept") == ["1"]


def test_what_was_changed_together_goes_back_together(deployed: Deployment) -> None:
    before = {name: row(deployed, name) for name in ("backend", "frontend")}
    settings = config(deployed, "frontend")
    done = deployed.kit.run("deploy.all", *set_all(CRASH, FRONTEND), check=False)
    assert done.returncode == 3, done.stderr
    for name, old in before.items():
        assert f"{name} is back at what revision" in done.stderr
        assert row(deployed, name)["revision"] == old["revision"] + 2
        assert row(deployed, name)["verified"]
    assert config(deployed, "frontend") == settings
    # And so there is nothing to do for a deploy of what was there.
    assert "Nothing changed, nothing done." in deployed.kit.run("deploy.all").stdout


def test_a_rollback_that_fails_too_is_told_and_the_next_deploy_mends_it(deployed: Deployment) -> None:
    page = "services.backend.healthPath=/no-such-page"
    done = deployed.kit.run("deploy.backend", *set_all(CRASH, page), check=False)
    assert done.returncode == 4, done.stderr
    assert "CRASH_LOOP" in done.stderr
    assert "backend is not proven to be back: backend is up but does not answer" in done.stderr
    assert len(re.findall("evidence: ", done.stderr)) == 2
    assert not row(deployed)["verified"]
    deployed.kit.run("deploy.all", "--yes")
    assert row(deployed)["verified"]


def test_without_rollback_a_failed_deploy_stays_as_it_is(deployed: Deployment) -> None:
    before = row(deployed)
    done = deployed.kit.run("deploy.backend", "--no-rollback", *set_all(CRASH), check=False)
    assert done.returncode == 4, done.stderr
    assert "rollback is off" in done.stderr
    status = deployed.kit.run("deploy.status", check=False)
    assert status.returncode == 1
    assert f"revision {before['revision'] + 1} not verified" in status.stdout
    assert request(deployed.urls["backend"])
    deployed.kit.run("rollback.backend")
    assert row(deployed)["verified"]


def test_config_map_and_secret_come_back_with_their_revision(deployed: Deployment) -> None:
    before, settings = row(deployed), config(deployed)
    deployed.kit.run("deploy.all", *set_all(DEBUG), BETTER_AUTH_SECRET=OTHER_SECRET)
    changed = row(deployed)
    assert changed["secret"] != before["secret"]
    assert config(deployed)["LOG_LEVEL"] == "DEBUG"
    shown = deployed.kit.run("rollback.all", "--dry-run").stdout
    assert "env.LOG_LEVEL: DEBUG → (none)" in shown
    assert f"secret.name: {changed['secret']} → {before['secret']}" in shown
    # A Secret that somebody deleted is made again, where .env still has its values.
    deployed.kubectl("delete", "secret", str(before["secret"]))
    refused = deployed.kit.run("rollback.backend", check=False, BETTER_AUTH_SECRET="y" * 40)
    assert refused.returncode == 5, refused.stderr
    assert f"Secret {before['secret']} of backend revision {before['revision']} is gone" in refused.stderr
    assert row(deployed)["revision"] == changed["revision"]
    deployed.kit.run("rollback.all")
    for service in ("backend", "frontend"):
        assert row(deployed, service)["verified"]
    assert row(deployed)["secret"] == before["secret"]
    assert config(deployed) == settings
    pod = deployed.pods("backend")[0]
    shown = deployed.kubectl("exec", pod, "-c", "backend", "--", "sh", "-c", "echo $BETTER_AUTH_SECRET")
    assert shown.strip() == AUTH_SECRET
    assert request(deployed.urls["backend"])


def test_an_image_that_is_gone_from_the_node_is_loaded_again(deployed: Deployment) -> None:
    before = row(deployed)
    source = deployed.kit.folder / "backend" / "src" / "application.py"
    text = source.read_text()
    try:
        source.write_text(text + '\nOTHER = "another image"\n')
        deployed.kit.run("deploy.backend")
        node = deployed.kit.json("cluster.status")["nodes"][0]["name"]
        # The demo model runs that image too, so its name alone is taken away.
        name = f"docker.io/library/{before['image']}"
        subprocess.run(["docker", "exec", node, "ctr", "-n", "k8s.io", "images", "rm", name], check=True)
        done = deployed.kit.run("rollback.backend")
    finally:
        source.write_text(text)
    assert f"Load {before['image']}" in done.stderr
    assert row(deployed)["image"] == before["image"]


def test_an_image_that_docker_lost_as_well_is_built_again_from_its_sources(deployed: Deployment) -> None:
    source = deployed.kit.folder / "backend" / "src" / "application.py"
    text = source.read_text()
    node = deployed.kit.json("cluster.status")["nodes"][0]["name"]
    try:
        source.write_text(text + '\nWHICH = "the first of two"\n')
        deployed.kit.run("deploy.backend")
        lost = row(deployed)
        source.write_text(text + '\nWHICH = "the second of two"\n')
        deployed.kit.run("deploy.backend")
        name = f"docker.io/library/{lost['image']}"
        subprocess.run(["docker", "exec", node, "ctr", "-n", "k8s.io", "images", "rm", name], check=True)
        subprocess.run(["docker", "image", "rm", lost["image"]], check=True, capture_output=True)
        wanted = ("rollback.backend", "--revision", str(lost["revision"]))
        refused = deployed.kit.run(*wanted, check=False)
        assert refused.returncode == 5
        assert f"image {lost['image']} of backend revision {lost['revision']} is gone" in refused.stderr
        assert "the sources here make" in refused.stderr
        assert "go back to the sources that made it" in refused.stderr
        assert row(deployed)["verified"]
        source.write_text(text + '\nWHICH = "the first of two"\n')
        done = deployed.kit.run(*wanted)
    finally:
        source.write_text(text)
    assert f"Build {lost['image']}" in done.stderr
    assert f"Load {lost['image']}" in done.stderr
    assert row(deployed)["image"] == lost["image"]
    assert row(deployed)["verified"]


def test_a_database_host_that_does_not_resolve_is_named_with_its_variable(deployed: Deployment) -> None:
    url = "postgresql://todo:a-password-nobody-may-see@no-such-host.invalid:5432/todo"
    done = deployed.kit.run(
        "deploy.backend", check=False, DATABASE_URL=url, DELIVERY_TIMEOUTS__ROLLOUT_S="60"
    )
    assert done.returncode == 3, done.stderr
    assert "DATABASE_URL" in done.stderr
    assert "no-such-host.invalid" in done.stderr
    assert done.stderr.count("waiting for the database") <= 1
    assert "a-password" not in done.stderr


def test_a_revision_is_named_and_the_quick_undo_says_what_it_leaves(deployed: Deployment) -> None:
    first, settings = row(deployed)["revision"], config(deployed)
    deployed.kit.run("deploy.backend", *set_all(DEBUG))
    history = deployed.kit.run("rollback.history", "--service", "backend").stdout
    assert re.search(rf"→ +{first + 1} +deployed +verified", history)
    unknown = deployed.kit.run("rollback.backend", "--revision", "999", check=False)
    assert unknown.returncode == 2
    assert str(first) in unknown.stderr
    deployed.kit.run("rollback.backend", "--revision", str(first))
    assert config(deployed) == settings
    deployed.kit.run("rollback.backend", "--revision", str(first + 1))
    assert config(deployed)["LOG_LEVEL"] == "DEBUG"
    undone = deployed.kit.run("rollback.undo", "--service", "backend")
    assert "only the pods of backend went back" in undone.stderr
    assert config(deployed)["LOG_LEVEL"] == "DEBUG"
    assert request(deployed.urls["backend"])
    deployed.kit.run("rollback.backend", "--revision", str(first))
    assert row(deployed)["verified"]


def test_a_first_install_that_fails_stays_to_be_looked_at_and_the_next_deploy_mends_it(
    deployed: Deployment,
) -> None:
    deployed.uninstall("backend")
    done = deployed.kit.run("deploy.all", *set_all(CRASH), check=False)
    assert done.returncode == 4, done.stderr
    assert "nothing to go back to: no revision of backend was verified yet" in done.stderr
    assert deployed.get("deployment", "backend")
    deployed.kit.run("deploy.all", "--yes")
    assert row(deployed)["verified"]
    assert request(deployed.urls["backend"])
