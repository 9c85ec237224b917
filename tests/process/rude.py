"""Gateways with bad manners: how a request is sent and whether its answer is waited for. Each manner is
way(rng, port, path, headers, body, timeout) -> status, or None when there was no answer (sale.py)."""
import collections
import random
import socket
import struct
import threading
import time

from contract import Raw, chunks, raw_request

Request = collections.namedtuple("Request", "rng port path headers body timeout")


def connect(request):
    raw = Raw(request.port)
    raw.socket.settimeout(request.timeout)
    raw.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return raw


def whole(request):
    return raw_request(request.path, request.headers, request.body)


def status_of(raw):
    answer = raw.answer()
    return answer.status if answer is not None else None


def drip(raw, pieces, seconds):
    for piece in pieces:
        raw.send(piece)
        time.sleep(seconds / len(pieces))


def cut_up(rng, data, count):
    at = sorted(rng.sample(range(1, len(data)), min(count, len(data) - 1)))
    return [data[a:b] for a, b in zip([0, *at], [*at, len(data)])]


def reset(raw):
    """Closes so that the other side gets a RST."""
    raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raw.close()


def polite(request):
    with connect(request) as raw:
        raw.send(whole(request))
        return status_of(raw)


def header_by_header(request):
    with connect(request) as raw:
        head = raw_request(request.path, request.headers, request.body)[:-len(request.body)]
        drip(raw, [line + b"\r\n" for line in head.split(b"\r\n")[:-1]], request.rng.uniform(0, 1))
        raw.send(request.body)
        return status_of(raw)


def byte_by_byte(request):
    with connect(request) as raw:
        data = whole(request)
        drip(raw, [data[i:i + 1] for i in range(len(data))], request.rng.uniform(0, 1))
        return status_of(raw)


def slow_body(request):
    with connect(request) as raw:
        raw.send(whole(request)[:-len(request.body)])
        drip(raw, cut_up(request.rng, request.body, 8), request.rng.uniform(0.2, 2))
        return status_of(raw)


def slow_chunks(request):
    with connect(request) as raw:
        raw.send(raw_request(request.path, [*request.headers, ("Transfer-Encoding", "chunked")], framing=False))
        drip(raw, cut_up(request.rng, chunks(request.body, request.rng.choice((1, 50, 1000))), 5),
             request.rng.uniform(0, 1))
        return status_of(raw)


def half_close(request):
    """Says that no more comes, and waits for the answer."""
    with connect(request) as raw:
        raw.send(whole(request))
        raw.socket.shutdown(socket.SHUT_WR)
        return status_of(raw)


def expects_continue(request):
    with connect(request) as raw:
        raw.send(raw_request(request.path, [*request.headers, ("Expect", "100-continue"),
                                            ("Content-Length", len(request.body))], framing=False))
        status = status_of(raw)
        if status != 100:
            return status  # it was refused or is answered before its body was seen
        raw.send(request.body)
        return status_of(raw)


def twice_at_once(request):
    """The same over two connections."""
    with connect(request) as first, connect(request) as second:
        for raw in (first, second):
            raw.send(whole(request))
        return best([status_of(first), status_of(second)])


def pipelined(request):
    """The same three times over one connection, sent at once."""
    with connect(request) as raw:
        raw.send(whole(request) * 3)
        return best([status_of(raw) for _ in range(3)])


def best(statuses):
    """What the sender goes by when it gets several answers."""
    for good in (lambda s: s == 200, lambda s: s not in (None, 503), lambda s: s == 503):
        found = [status for status in statuses if good(status)]
        if found:
            return found[0]
    return None


def slow_reader(request):
    """Takes its time to read the answer."""
    with connect(request) as raw:
        raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        raw.send(whole(request))
        time.sleep(request.rng.uniform(0, 1))
        return status_of(raw)


def hang_up(request):
    """Closes right after the last byte."""
    with connect(request) as raw:
        raw.send(whole(request))


def hang_up_hard(request):
    raw = connect(request)
    raw.send(whole(request))
    reset(raw)


def hang_up_soon(request):
    """At about the time of the answer, in one way or the other."""
    raw = connect(request)
    raw.send(whole(request))
    time.sleep(request.rng.uniform(0, 0.01))
    if request.rng.random() < 0.5:
        reset(raw)
    else:
        raw.close()


def leave_halfway(request):
    raw = connect(request)
    data = whole(request)
    raw.send(data[:request.rng.randrange(1, len(data))])
    if request.rng.random() < 0.5:
        reset(raw)
    else:
        raw.close()


PATIENT = (polite, header_by_header, byte_by_byte, slow_body, slow_chunks, half_close, expects_continue,
           twice_at_once, pipelined, slow_reader)
LEAVING = (hang_up, hang_up_hard, hang_up_soon)
ALL = (*PATIENT, *LEAVING, leave_halfway)


class Manners:
    """A way to send that takes one of these manners each time, and counts what came of each."""

    def __init__(self, manners):
        self.manners = manners
        self.lock = threading.Lock()
        self.counts = collections.Counter()

    def __call__(self, rng, port, path, headers, body, timeout):
        manner = rng.choice(self.manners)
        try:
            status = manner(Request(rng, port, path, headers, body, timeout))
        except OSError:
            status = None
        with self.lock:
            self.counts[manner.__name__, status] += 1
        return status


class Idlers(threading.Thread):
    """Many connections that begin a request and never end it; who is shown out comes again."""

    def __init__(self, port, count, seed):
        super().__init__(daemon=True)
        self.port = port
        self.rng = random.Random(seed)
        self.over = threading.Event()
        self.head = raw_request("/hooks/stripe", [("Content-Length", 400)], framing=False)
        self.shown_out = 0
        self.idle = [self.come() for _ in range(count)]

    def come(self):
        """A connection and what it still has to say: nothing, part of its head, or all but its body's end."""
        one = socket.create_connection(("127.0.0.1", self.port), timeout=5)
        one.setblocking(False)
        return one, bytearray(self.head[:self.rng.choice((0, 40, len(self.head) - 1))] +
                              self.rng.choice((b"", self.head[-1:] + b"x" * 300)))

    def run(self):
        """Each says a byte about once a second."""
        while not self.over.wait(0.1):
            for at in self.rng.sample(range(len(self.idle)), len(self.idle) // 10):
                one, words = self.idle[at]
                try:
                    if words:
                        one.send(words[:1])
                        del words[:1]
                    if one.recv(4096):
                        continue
                except BlockingIOError:
                    continue
                except OSError:
                    pass
                one.close()
                self.shown_out += 1
                self.idle[at] = self.come()

    def end(self):
        self.over.set()
        self.join()
        for one, _ in self.idle:
            one.close()
