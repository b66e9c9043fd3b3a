"""Addresses of other HTTP servers, parsed at the border."""

import re
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}
NAME = re.compile(r"[a-z0-9._-]+")


def parse_http_address(value: object) -> str:
    """The address without a slash at its end. Raises ValueError whose words never quote the value."""
    text = str(value).strip()
    if not text:
        raise ValueError("is empty; the form is http://HOST:PORT or https://HOST")
    try:
        parts = urlsplit(text)
        _port = parts.port  # parsed on demand: raises ValueError
    except ValueError:
        raise ValueError("is not an address; the form is http://HOST:PORT or https://HOST") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or any(c.isspace() for c in text):
        raise ValueError("is not an address; the form is http://HOST:PORT or https://HOST")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("must have neither a user name nor a query (?) nor a fragment (#)")
    return text.rstrip("/")


def parse_origin(value: object) -> str:
    """The address as its origin: lower case, no default port, no path; what `URL.origin` is in a browser.

    Raises ValueError. Its table is tests/data/public_addresses.json.
    """
    parts = urlsplit(parse_http_address(value))
    if parts.path or str(value).strip().endswith("//"):
        raise ValueError("has a path; the form is only http://HOST:PORT or https://HOST")
    host = _origin_host(parts.hostname or "")
    port = "" if parts.port in (None, DEFAULT_PORTS[parts.scheme]) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def _origin_host(host: str) -> str:
    """Browsers rewrite other forms of names and numbers (%68, umlauts, 127.1): those are refused."""
    try:
        if ":" in host:
            return f"[{_plain_ipv6(host)}]"
        if NAME.fullmatch(host) is None:
            raise ValueError
        last = host.rstrip(".").rpartition(".")[2]
        return str(IPv4Address(host)) if last.isdigit() or last.startswith("0x") else host
    except ValueError:
        words = "is not a plain host; write a name in ASCII (xn--… for others), or a whole IP address"
        raise ValueError(words) from None


def _plain_ipv6(host: str) -> str:
    text = IPv6Address(host).compressed
    if "." in host + text or "%" in host:  # an IPv4 address inside, or a zone
        raise ValueError
    return text


def host_of(address: str) -> str:
    """host:port, safe to print."""
    return urlsplit(address).netloc
