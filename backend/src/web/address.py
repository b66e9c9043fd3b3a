"""Addresses of other HTTP servers, parsed at the border."""

from urllib.parse import urlsplit


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


def host_of(address: str) -> str:
    """host:port, safe to print."""
    return urlsplit(address).netloc
