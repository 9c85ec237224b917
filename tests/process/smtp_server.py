"""A mail server of the tests' own: takes mail on a free port of the loopback and does as it is told. It
speaks as much of RFC 5321 as a client asks for; with a certificate it begins with TLS."""
import asyncio
import base64
import threading


class Mail:
    def __init__(self, sender, to, data):
        self.sender = sender
        self.to = to
        self.data = data


class SmtpServer:
    """replies: what to say to a command ("RCPT", "DOT" for the end of a message), one after another; then
    the usual. "close": the connection ends instead, "hang": nothing is said any more. password: AUTH PLAIN
    is asked for. port: 0 for a free one."""

    def __init__(self, password=None, tls=None, port=0):
        self.replies = {}
        self.mails = []     # taken, or closed over
        self.commands = []  # all that was said, but for messages
        self.password = password
        self.tls = tls
        self.port = port
        self.loop = asyncio.new_event_loop()
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        self.ready.wait(10)

    def _run(self):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls))
        self.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        self.loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0))
        self.loop.close()

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)

    def said(self, word):
        return [line for line in self.commands if line.upper().startswith(word)]

    async def _serve(self, reader, writer):
        try:
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _talk(self, reader, writer):
        sender, to = None, []
        if not await self._say(writer, "CONNECT", "220 post.example ESMTP"):
            return
        while True:
            line = (await reader.readline()).decode()
            if not line.endswith("\r\n"):
                return
            line = line.strip()
            word = line.split(" ")[0].upper()
            self.commands.append(line)
            usual = "250 ok"
            if word == "EHLO":
                usual = "250-post.example\r\n250-SIZE 1000000\r\n" + \
                    ("250 AUTH PLAIN" if self.password else "250 8BITMIME")
            elif word == "AUTH":
                usual = await self._auth(reader, writer, line)
            elif word == "MAIL":
                sender, to = line[line.index("<") + 1:line.index(">")], []
            elif word == "RCPT":
                to.append(line[line.index("<") + 1:line.index(">")])
            elif word == "DATA":
                usual = "354 go on"
            elif word == "QUIT":
                usual = "221 bye"
            if not await self._say(writer, word, usual) or word == "QUIT":
                return
            if word == "DATA":
                mail = Mail(sender, to, await self._message(reader))
                before = len(self.mails)
                taken = self.replies.get("DOT", ["2"])[:1] in (["2"], ["close"], ["hang"], [])
                if taken:
                    self.mails.append(mail)
                if not await self._say(writer, "DOT", "250 taken %d" % before):
                    return

    async def _auth(self, reader, writer, line):
        given = line.split(" ")[2:]
        if not given:
            writer.write(b"334 \r\n")
            given = [(await reader.readline()).decode().strip()]
        said = base64.b64decode(given[0]).split(b"\0")[1:]
        return "235 welcome" if said == [b"club", self.password.encode()] else "535 5.7.8 who are you"

    async def _message(self, reader):
        lines = []
        while True:
            line = await reader.readuntil(b"\r\n")
            if line == b".\r\n":
                return b"".join(lines)
            lines.append(line[1:] if line.startswith(b".") else line)

    async def _say(self, writer, word, usual):
        planned = self.replies.get(word)
        reply = planned.pop(0) if planned else usual
        if reply == "hang":
            await asyncio.sleep(3600)
        if reply == "close":
            return False
        writer.write(reply.encode() + b"\r\n")
        await writer.drain()
        return True
