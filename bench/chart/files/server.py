import http.server
import os
import signal


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        found = self.path.partition("?")[0] in ("/", "/version")
        body = os.environ["VERSION"].encode() if found else b"no such page"
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
http.server.ThreadingHTTPServer(("", int(os.environ["PORT"])), Handler).serve_forever()
