"""A door before usher for the console's browser: it stands for the session that a login begins. Requests of the API get the
admin token on the way; who is signed in it answers itself."""
import http.client
import http.server
import json
import threading

import helpers

SESSION = {"telegram_id": 1001, "name": "Ann", "role": "owner", "until": "2099-01-01T08:00:00Z", "token": "x" * 43}


class Door:
    """port: of usher. signed: whether somebody is signed in; the code "right" does it.
    asked: (method, path, headers, body) of what was no GET; gets: how many were. answers: JSON by path,
    for what a build may not have yet."""

    def __init__(self, port):
        door = self
        self.signed = True
        self.asked = []
        self.gets = 0
        self.answers = {}

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if self.command == "GET":
                    door.gets += 1
                else:
                    door.asked.append((self.command, self.path, dict(self.headers.items()), body))
                known = door.answers.get(self.path.partition("?")[0])
                if known is not None:
                    return self.give(200, [("Content-Type", "application/json")], json.dumps(known).encode())
                if (self.command, self.path) == ("POST", "/api/v1/session") and json.loads(body) == {"code": "right"}:
                    door.signed = True
                    return self.give(201, [("Content-Type", "application/json")], b"{}")
                if self.path == "/api/v1/session" and door.signed and self.command == "GET":
                    return self.give(200, [("Content-Type", "application/json")], json.dumps(SESSION).encode())
                headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
                if self.path.startswith("/api/") and door.signed:
                    headers["Authorization"] = "Bearer " + helpers.ADMIN_TOKEN
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=40)
                try:
                    connection.request(self.command, self.path, body or None, headers)
                    answer = connection.getresponse()
                    fields = [(name, value) for name, value in answer.getheaders()
                              if name.lower() not in ("connection", "content-length", "transfer-encoding")]
                    return self.give(answer.status, fields, answer.read())
                finally:
                    connection.close()

            def give(self, status, fields, body):
                self.send_response_only(status)
                for name, value in fields:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except BrokenPipeError:
                    pass  # the page was left meanwhile

            def log_message(self, *_):
                pass

            do_GET = do_POST = do_DELETE = do_PUT = do_HEAD = handle_one

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, path="/console/"):
        return "http://127.0.0.1:%d%s" % (self.port, path)

    def close(self):
        self.server.shutdown()
        self.server.server_close()
