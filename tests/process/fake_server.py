"""What the gateways of the tests stand on: an HTTP server with a port of its own, which hands each request to serve()."""
import http.server
import threading


class FakeServer:
    """Whoever inherits writes serve(handler): a request by one of methods, whose body is not read yet."""
    methods = ("POST",)

    def __init__(self):
        self.lock = threading.Lock()
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

        for method in self.methods:
            setattr(Handler, "do_" + method, lambda handler: fake.serve(handler))  # pylint: disable=unnecessary-lambda
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def serve(self, handler):
        raise NotImplementedError

    def url(self):
        return "http://127.0.0.1:%d" % self.server.server_port

    def close(self):
        self.server.shutdown()
        self.server.server_close()
