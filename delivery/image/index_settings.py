"""Package index settings and a custom CA of this machine, handed to builds as BuildKit secrets.

They come from the machine's own configuration of pip, npm and TLS and never reach an image or its history.
"""

from __future__ import annotations

import configparser
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

CA_VARIABLES = ("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "PIP_CERT", "CURL_CA_BUNDLE")
_NPM_KEYS = ("registry", "strict-ssl", "proxy", "https-proxy", "noproxy", "always-auth")
_NPM_VARIABLE = re.compile(r"(?<!\\)(\\*)\$\{([^${}?]+)(\?)?\}")
_PIP_KEYS = ("index-url", "extra-index-url", "trusted-host", "proxy")


def build_secrets(
    folder: Path, environ: Mapping[str, str] = os.environ, home: Path | None = None
) -> dict[str, Path]:
    """Secret id → file. Files made here lie in `folder`, readable by the user alone."""
    home = home or Path.home()
    found: dict[str, Path] = {}
    ca = next((Path(environ[name]) for name in CA_VARIABLES if environ.get(name)), None)
    if ca and ca.is_file():
        found["ca"] = ca
    texts = {
        "npmrc": npm_settings(environ, home),
        "pip": pip_settings(environ, home),
    }
    texts["uv"] = uv_settings(texts["pip"])
    for name, text in texts.items():
        if text:
            found[name] = _private_file(folder / name, text)
    return found


def npm_settings(environ: Mapping[str, str], home: Path) -> str:
    """Registry, proxy and credential lines of the user's npm configuration."""
    lines = []
    for path in (Path("/etc/npmrc"), Path(environ.get("NPM_CONFIG_USERCONFIG") or home / ".npmrc")):
        lines += [_expanded(line, environ) for line in _lines(path) if _is_npm_index_line(line)]
    for name in ("NPM_CONFIG_REGISTRY", "npm_config_registry"):
        if environ.get(name):
            lines.append(f"registry={environ[name]}")
    return "".join(f"{line}\n" for line in lines)


def pip_settings(environ: Mapping[str, str], home: Path) -> str:
    """Index lines of pip's configuration files and variables, as a pip.conf."""
    values: dict[str, str] = {}
    for path in _pip_files(environ, home):
        values.update(_pip_file(path))
    for key in _PIP_KEYS:
        text = environ.get("PIP_" + key.replace("-", "_").upper())
        if text:
            values[key] = text
    if not values:
        return ""
    return "[global]\n" + "".join(
        f"{key} = {text.replace(chr(10), chr(10) + '  ')}\n" for key, text in sorted(values.items())
    )


def uv_settings(pip_conf: str) -> str:
    """The same indexes as a uv.toml, since uv doesn't read pip.conf."""
    import json

    if not pip_conf:
        return ""
    parser = configparser.RawConfigParser()
    parser.read_string(pip_conf)
    values = dict(parser["global"])
    lines = [f"index-url = {json.dumps(values['index-url'])}"] if "index-url" in values else []
    if "extra-index-url" in values:
        lines.append(f"extra-index-url = {json.dumps(values['extra-index-url'].split())}")
    if "trusted-host" in values:
        lines.append(f"allow-insecure-host = {json.dumps(values['trusted-host'].split())}")
    return "".join(f"{line}\n" for line in lines)


def _lines(path: Path) -> Iterator[str]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    for line in text.splitlines():
        if line.strip() and line.strip()[0] not in "#;":
            yield line.strip()


def _is_npm_index_line(line: str) -> bool:
    key = line.partition("=")[0].strip()
    return key in _NPM_KEYS or key.startswith("//") or key.endswith(":registry")


def _expanded(line: str, environ: Mapping[str, str]) -> str:
    """`${NAME}` as npm reads it: an unset one stays, with `?` it is empty, after a backslash it is text.

    https://docs.npmjs.com/cli/configuring-npm/npmrc; done here, since the build has other variables.
    """

    def value(found: re.Match[str]) -> str:
        slashes, name, optional = found.groups()
        if len(slashes) % 2 or not (name in environ or optional):
            return found[0]
        return slashes + environ.get(name, "")

    return _NPM_VARIABLE.sub(value, line)


def _pip_files(environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """Where pip looks on Linux and macOS, the stronger last."""
    on_macos = Path("Library/Application Support/pip/pip.conf")
    return (
        Path("/etc/pip.conf"), "/" / on_macos,
        home / ".pip/pip.conf", home / ".config/pip/pip.conf", home / on_macos,
        Path(environ.get("PIP_CONFIG_FILE") or os.devnull),
    )  # fmt: skip


def _pip_file(path: Path) -> dict[str, str]:
    parser = configparser.RawConfigParser()
    try:
        parser.read(path, encoding="utf-8")
    except (OSError, configparser.Error, UnicodeDecodeError):
        return {}
    sections = [dict(parser[name]) for name in ("global", "install") if parser.has_section(name)]
    return {key: value for section in sections for key, value in section.items() if key in _PIP_KEYS}


def _private_file(path: Path, text: str) -> Path:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return path
