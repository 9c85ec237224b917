"""A network that fails: TCP relays of the tests' own, between usher and Telegram or between usher's processes, which
delay, stop reading, cut connections, and let nobody through, as they are told."""
import asyncio
import collections
import random
import socket
import struct
import threading
import time

HEALTHY = (0, 0)
ARRIVAL = 1  # seconds in which what was held back arrives, on a busy machine too


class Relays:
    """All relays of a test, in one thread. Each has a port of its own, see to."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.delay = HEALTHY     # seconds for each piece, least and most
        self.down = False        # nobody gets through
        self.connections = set()  # pairs of writers: of who called, of whom they called
        self.ports = {}
        self.loop = asyncio.new_event_loop()
        self.flowing = asyncio.Event()
        self.flowing.set()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def to(self, port):
        """The port at which this one is reached through a relay."""
        if port not in self.ports:
            self.ports[port] = self._call(self._listen(port))
        return self.ports[port]

    def set_delay(self, least, most):
        self.delay = (least, most)

    def stall(self):
        """Nothing is read until flow(), so that senders find their pipes full."""
        self.loop.call_soon_threadsafe(self.flowing.clear)

    def flow(self):
        self.loop.call_soon_threadsafe(self.flowing.set)

    def cut(self, share, hard, late_s):
        """Cuts this share of the connections: hard with a RST. Who had called hears of it at once; what they
        had said before still arrives, and the other side hears of it so much later."""
        return self._call(self._cut(share, hard, late_s))

    def heal(self):
        self.delay = HEALTHY
        self.down = False
        self.flow()

    def close(self):
        self._call(self._close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    def _call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)

    async def _listen(self, port):
        async def accepted(reader, writer):
            await self._relay(port, reader, writer)
        server = await asyncio.start_server(accepted, "127.0.0.1", 0)
        return server.sockets[0].getsockname()[1]

    async def _relay(self, port, reader, writer):
        pair = None
        try:
            if self.down:
                raise ConnectionError("down")
            there_reader, there = await asyncio.open_connection("127.0.0.1", port)
            pair = (writer, there)
            self.connections.add(pair)
            await asyncio.gather(self._pump(reader, there), self._pump(there_reader, writer))
        except (OSError, asyncio.CancelledError):  # cut, or the test is over
            pass
        finally:
            self.connections.discard(pair)
            for one in (writer, *(pair or ())):
                one.close()

    async def _pump(self, reader, writer):
        try:
            while data := await reader.read(65536):
                await self.flowing.wait()
                if self.delay != HEALTHY:
                    await asyncio.sleep(self.random.uniform(*self.delay))
                writer.write(data)
                await writer.drain()
            if writer.can_write_eof():
                writer.write_eof()
        except OSError:
            writer.close()

    async def _cut(self, share, hard, late_s):
        chosen = [pair for pair in self.connections if self.random.random() < share]
        for near, far in chosen:
            end(near, hard)
            self.loop.call_later(late_s, end, far, hard)
        return len(chosen)

    async def _close(self):
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def end(writer, hard):
    if hard:
        plug = writer.get_extra_info("socket")
        if plug is not None and plug.fileno() >= 0:
            plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
    else:
        writer.close()


class Weather(threading.Thread):
    """Makes a network fail so many times, in an order of the seed, and then leaves it healthy. stall_max: the
    longest that nothing is read, seconds; excuse(before, after): hears of each stretch of time in which something
    may have been lost; crash(): if there is one, a crash of the side that calls, while what it said is on its way, once in_flow()
    returns."""

    def __init__(self, relays, rng, turns, stall_max, excuse, in_flow=None, crash=None):
        super().__init__(daemon=True)
        self.relays = relays
        self.random = rng
        self.turns = turns
        self.stall_max = stall_max
        self.excuse = excuse
        self.in_flow = in_flow
        self.crash = crash
        self.failure = None
        self.counts = collections.Counter()

    def run(self):
        try:
            self.blow()
        except BaseException as error:  # whoever waits for the end of it shows it
            self.failure = error
        self.relays.heal()

    def blow(self):
        deck = []
        for _ in range(self.turns):
            if not deck:
                deck = [self.cut, self.cut, self.stall, self.slow, self.outage]
                deck += [self.crash_on_the_way] if self.crash is not None else []
                self.random.shuffle(deck)
            time.sleep(self.random.uniform(0.1, 0.8))
            before = time.time() * 1000
            late_s = deck.pop()()
            self.excuse(before, time.time() * 1000 + late_s * 1000)

    def cut(self):
        late_s = self.random.choice((0, self.random.uniform(0, 2)))
        self.counts["cut"] += self.relays.cut(self.random.choice((0.3, 1)), self.random.random() < 0.5, late_s)
        return late_s

    def stall(self):
        self.counts["stalls"] += 1
        self.relays.stall()
        time.sleep(self.random.uniform(0.1, self.stall_max))
        self.relays.flow()
        return ARRIVAL

    def crash_on_the_way(self):
        self.counts["crashes"] += 1
        self.in_flow()
        self.relays.stall()
        time.sleep(self.random.uniform(0.3, 1))
        self.crash()
        time.sleep(self.random.uniform(0, 3))
        self.relays.flow()
        return ARRIVAL

    def slow(self):
        self.counts["delays"] += 1
        self.relays.set_delay(0, self.random.choice((0.01, 0.1, 0.5)))
        time.sleep(self.random.uniform(0.1, 2))
        self.relays.set_delay(0, 0)
        return 0

    def outage(self):
        self.counts["outages"] += 1
        self.relays.down = True
        self.counts["cut"] += self.relays.cut(1, True, 0)
        time.sleep(self.random.uniform(0.1, 1.5))
        self.relays.down = False
        return 0
