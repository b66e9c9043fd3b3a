"""A real admission webhook: an HTTPS server on this machine that the cluster's API server asks."""

from __future__ import annotations

import base64
import datetime
import ipaddress
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

REFUSE, HANG = "refuse", "hang"
_HANG_S = 20


class _Handler(BaseHTTPRequestHandler):
    """Refuses what is annotated with REFUSE, keeps the API server waiting for what is annotated with HANG."""

    def do_POST(self) -> None:
        review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        asked = review["request"]
        notes = asked["object"]["metadata"].get("annotations", {})
        if HANG in notes:
            time.sleep(_HANG_S)
        answer: dict[str, Any] = {"uid": asked["uid"], "allowed": REFUSE not in notes}
        if REFUSE in notes:
            answer["status"] = {"message": notes[REFUSE]}
        body = json.dumps({**review, "request": None, "response": answer}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing of it is of interest."""


@contextmanager
def webhook_server(address: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Serve at an address that the node reaches; yields URL and CA bundle as the configuration wants them."""
    certificate, key = _certificate(address, folder)
    server = ThreadingHTTPServer((address, 0), _Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        bundle = base64.b64encode(certificate.read_bytes()).decode()
        yield f"https://{address}:{server.server_address[1]}/", bundle
    finally:
        server.shutdown()
        server.server_close()


def configuration(name: str, namespace: str, url: str, bundle: str) -> dict[str, Any]:
    """Asks the webhook about each pod that is made in the namespace."""
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": name},
        "webhooks": [
            {
                "name": "pods.admission.test",
                "clientConfig": {"url": url, "caBundle": bundle},
                "rules": [
                    {
                        "apiGroups": [""],
                        "apiVersions": ["v1"],
                        "operations": ["CREATE"],
                        "resources": ["pods"],
                    }
                ],
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "failurePolicy": "Fail",
                "timeoutSeconds": 3,
            }
        ],
    }


def _certificate(address: str, folder: Path) -> tuple[Path, Path]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "admission.test")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=12))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "webhook.crt", folder / "webhook.key"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    return paths
