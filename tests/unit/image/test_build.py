"""Build arguments, secrets, and what a failed build says."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from delivery.image.base_images import BaseImage
from delivery.image.build import _Plan, build_argv, failing_step
from delivery.image.index_settings import build_secrets, npm_settings, pip_settings
from delivery.image.prune import LocalImage, to_prune
from delivery.settings import Service

SERVICE = Service(
    name="web", chart=Path("/p/helm/web"), dockerfile=Path("/p/Dockerfile.web"), context=Path("/p"),
    image="todo-web", port=80, build_args={"FLAVOUR": "with blanks; and more"},
)  # fmt: skip


def test_the_build_command_names_bases_arguments_tags_and_secrets() -> None:
    plan = _Plan(
        SERVICE, (BaseImage("NODE_BASE", "node:20-alpine", "stand-in:1", "sha256:1"),), "phase4-0123456789ab"
    )
    assert build_argv(plan, "/bin/docker", "phase4", [("ca", Path("/etc/ca.pem"))]) == [
        "/bin/docker", "buildx", "build", "--load", "--progress", "plain", "--provenance=false",
        "--file", "/p/Dockerfile.web", "--tag", "todo-web:phase4-0123456789ab", "--tag", "todo-web:phase4",
        "--label", "todo-delivery.service=web",
        "--build-arg", "FLAVOUR=with blanks; and more", "--build-arg", "NODE_BASE=stand-in:1",
        "--secret", "id=ca,src=/etc/ca.pem", "/p",
    ]  # fmt: skip


def test_a_failed_build_shows_the_failing_step_and_its_last_lines() -> None:
    progress = (
        "#5 [deps 2/3] RUN pip install\n#5 1.0 fine\n#5 DONE 1.2s\n"
        "#7 [builder 4/6] RUN pnpm build\n#6 [deps 3/3] COPY x y\n#7 2.1 Type error: x is not y\n"
        '#7 ERROR: process "/bin/sh -c pnpm build" did not complete successfully: exit code: 1\n'
        "------\n > [builder 4/6] RUN pnpm build:\n"
    )
    shown = failing_step(progress).splitlines()
    assert shown[0] == "#7 [builder 4/6] RUN pnpm build"
    assert "#7 2.1 Type error: x is not y" in shown
    assert not any("pip install" in line for line in shown)


def test_a_failure_before_any_step_shows_the_end() -> None:
    assert failing_step("ERROR: failed to solve: dockerfile parse error\n") == (
        "ERROR: failed to solve: dockerfile parse error"
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    (home / ".pip").mkdir(parents=True)
    (home / ".npmrc").write_text(
        "registry=https://npm.example/\n//npm.example/:_authToken=tok\n@a:registry=https://a.example/\n"
        "nodedir=/usr\ncafile=/etc/ca.pem\n; comment\n"
    )
    (home / ".pip" / "pip.conf").write_text(
        "[global]\nindex-url = https://pip.example/simple\ncert = /etc/ca.pem\n"
        "extra-index-url =\n  https://b.example/\n  https://c.example/\n"
    )
    return home


def test_index_settings_of_the_machine_become_build_secrets(home: Path, tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    ca.write_text("pem")
    secrets = build_secrets(tmp_path, {"SSL_CERT_FILE": str(ca)}, home)
    assert secrets["ca"] == ca
    npmrc = secrets["npmrc"].read_text()
    assert "registry=https://npm.example/\n" in npmrc
    assert "_authToken=tok" in npmrc
    assert "nodedir" not in npmrc
    assert "cafile" not in npmrc
    assert "index-url = https://pip.example/simple" in secrets["pip"].read_text()
    assert "cert" not in secrets["pip"].read_text()
    assert 'index-url = "https://pip.example/simple"' in secrets["uv"].read_text()
    assert 'extra-index-url = ["https://b.example/", "https://c.example/"]' in secrets["uv"].read_text()


def test_build_secret_files_are_for_the_user_alone(home: Path, tmp_path: Path) -> None:
    for name, path in build_secrets(tmp_path, {}, home).items():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, name


def test_variables_overrule_configuration_files(home: Path, tmp_path: Path) -> None:
    secrets = build_secrets(tmp_path, {"PIP_INDEX_URL": "https://other.example/"}, home)
    assert "index-url = https://other.example/" in secrets["pip"].read_text()


@pytest.mark.parametrize(
    ("written", "given"),
    [
        pytest.param("${NPM_TOKEN}", "npm_abc", id="a variable"),
        pytest.param("${NPM_TOKEN?}", "npm_abc", id="a variable that may be missing"),
        pytest.param("a-${NPM_TOKEN}-${OTHER}", "a-npm_abc-${OTHER}", id="an unset one stays as it is"),
        pytest.param("${OTHER?}", "", id="an unset one that may be missing"),
        pytest.param("${EMPTY}", "", id="an empty one"),
        pytest.param(r"\${NPM_TOKEN}", r"\${NPM_TOKEN}", id="after a backslash it is text"),
        pytest.param("$NPM_TOKEN", "$NPM_TOKEN", id="without braces it is text"),
    ],
)
def test_variables_in_the_npm_configuration_are_filled_in(home: Path, written: str, given: str) -> None:
    (home / ".npmrc").write_text(f"//npm.example/:_authToken={written}\n")
    environ = {"NPM_TOKEN": "npm_abc", "EMPTY": ""}
    assert npm_settings(environ, home) == f"//npm.example/:_authToken={given}\n"


def test_pips_file_on_macos_is_read_too(home: Path) -> None:
    file = home / "Library" / "Application Support" / "pip" / "pip.conf"
    file.parent.mkdir(parents=True)
    file.write_text("[global]\nindex-url = https://mac.example/simple\n")
    assert "index-url = https://mac.example/simple\n" in pip_settings({}, home)


def test_pruning_keeps_the_newest_and_what_a_revision_names() -> None:
    images = [LocalImage("todo-web", f"phase4-{n}", f"2026-01-0{n}") for n in range(1, 7)]
    images.append(LocalImage("todo-web", "phase4", "2026-01-01"))
    images.append(LocalImage("todo-api", "phase4-1", "2026-01-01"))
    gone = to_prune(images, {"todo-web:phase4-1"}, keep=3, prefix="phase4")
    assert gone == ["todo-web:phase4-3", "todo-web:phase4-2"]
