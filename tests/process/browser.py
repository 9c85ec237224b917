"""A headless Chromium, driven by its DevTools protocol over a pipe; standard library only. A Tab notes what the page
complains of: exceptions, console errors, violations of the content security policy."""
import base64
import itertools
import json
import os
import queue
import shutil
import subprocess
import tempfile
import threading
import time

NAMES = ("chromium-headless-shell", "chromium")
PATIENCE = float(os.environ.get("PATIENCE", "30"))


def program():
    """The path of a Chromium, or None."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


class Browser:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="usher-browser-")
        theirs_in, self.write_fd = os.pipe()
        self.read_fd, theirs_out = os.pipe()
        command = [program(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                   "--no-first-run", "--disable-background-networking", "--user-data-dir=" + self.folder,
                   "--remote-debugging-pipe", "about:blank"]
        # The browser wants its pipe at 3 and 4.
        self.process = subprocess.Popen(
            ["/bin/bash", "-c", 'exec "$@" 3<&%d 4>&%d' % (theirs_in, theirs_out), "-", *command],
            pass_fds=(theirs_in, theirs_out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(theirs_in)
        os.close(theirs_out)
        self.numbers = itertools.count(1)
        self.answers = {}
        self.tabs = {}
        self.lock = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        rest = b""
        while True:
            piece = os.read(self.read_fd, 1 << 20)
            if not piece:
                return
            *whole, rest = (rest + piece).split(b"\0")
            for text in whole:
                message = json.loads(text)
                with self.lock:
                    if "id" in message:
                        self.answers[message["id"]] = message
                    elif message.get("sessionId") in self.tabs:
                        self.tabs[message["sessionId"]].events.put(message)
                    self.lock.notify_all()

    def call(self, method, session=None, **params):
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self.write_fd, json.dumps(message).encode() + b"\0")
        with self.lock:
            if not self.lock.wait_for(lambda: number in self.answers, PATIENCE):
                raise AssertionError("the browser does not answer " + method)
            answer = self.answers.pop(number)
        if "error" in answer:
            raise AssertionError("%s: %s" % (method, answer["error"]["message"]))
        return answer["result"]

    def tab(self, **options):
        return Tab(self, **options)

    def close(self):
        self.process.terminate()
        self.process.wait(timeout=20)
        os.close(self.write_fd)
        shutil.rmtree(self.folder, ignore_errors=True)


class Tab:
    """A page of its own, of this width, in light or dark, in this language."""

    def __init__(self, browser, width=1280, height=900, dark=False, language="en"):
        self.browser = browser
        self.events = queue.Queue()
        self.complaints = []
        context = browser.call("Target.createBrowserContext")["browserContextId"]
        target = browser.call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        self.context = context
        self.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        browser.tabs[self.session] = self
        for domain in ("Page", "Runtime", "Log", "Network", "Audits"):
            self.call(domain + ".enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
                            {"name": "prefers-reduced-motion", "value": "reduce"}])
        agent = browser.call("Browser.getVersion")["userAgent"]
        self.call("Emulation.setUserAgentOverride", userAgent=agent, acceptLanguage=language)

    def call(self, method, **params):
        return self.browser.call(method, self.session, **params)

    def _note(self):
        while not self.events.empty():
            event = self.events.get()
            params = event["params"]
            if event["method"] == "Runtime.exceptionThrown":
                detail = params["exceptionDetails"]
                self.complaints.append("exception: " + detail.get("exception", {}).get("description", detail["text"]))
            elif event["method"] == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
                self.complaints.append("console: " + " ".join(str(arg.get("value", "")) for arg in params["args"]))
            elif event["method"] == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
                self.complaints.append("log: %s %s" % (params["entry"]["text"], params["entry"].get("url", "")))
            elif event["method"] == "Audits.issueAdded" and "ContentSecurityPolicy" in params["issue"]["code"]:
                self.complaints.append("policy: " + json.dumps(params["issue"]["details"]))

    def taken_complaints(self):
        self._note()
        complaints, self.complaints = self.complaints, []
        return complaints

    def go(self, url):
        self.call("Page.navigate", url=url)
        self.until("document.readyState === 'complete'")

    def run(self, script, isolated=False):
        """The value of an expression, awaited; isolated: in a world of its own, where the page's policy does not hold."""
        params = {"expression": script, "awaitPromise": True, "returnByValue": True}
        if isolated:
            frame = self.call("Page.getFrameTree")["frameTree"]["frame"]["id"]
            params["contextId"] = self.call("Page.createIsolatedWorld", frameId=frame, worldName="check")["executionContextId"]
        answer = self.call("Runtime.evaluate", **params)
        if "exceptionDetails" in answer:
            detail = answer["exceptionDetails"]
            raise AssertionError(detail.get("exception", {}).get("description", detail["text"]))
        return answer["result"].get("value")

    def until(self, script, patience=None):
        deadline = time.monotonic() + (patience or PATIENCE)
        while True:
            try:
                value = self.run(script)
            except AssertionError as error:  # the page is being left
                value, why = None, error
            else:
                why = None
            if value:
                return value
            if time.monotonic() > deadline:
                raise AssertionError("it did not come true in the page: %s %s\n%s" % (
                    script, why or "", self.run("document.body.innerText")[:2000]))
            time.sleep(0.03)

    def press(self, selector, text=None):
        """Clicks the first that fits the selector and, when given, says exactly this text."""
        found = "[...document.querySelectorAll(%s)].find((one) => %s)" % (
            json.dumps(selector), "true" if text is None else "one.textContent.trim() === " + json.dumps(text))
        self.until("(() => { const it = %s; it?.click(); return !!it; })()" % found)

    def type(self, selector, text):
        self.until("document.querySelector(%s)?.offsetParent != null || document.querySelector(%s)?.closest('dialog[open]') != null"
                   % (json.dumps(selector), json.dumps(selector)))
        self.run("(() => { const it = document.querySelector(%s); it.focus(); it.select && it.tagName !== 'SELECT' && it.select(); })()"
                 % json.dumps(selector))
        self.call("Input.insertText", text=text)

    def choose(self, selector, value):
        self.until("[...(document.querySelector(%s)?.options ?? [])].some((one) => one.value === %s)"
                   % (json.dumps(selector), json.dumps(value)))
        self.run("(() => { const it = document.querySelector(%s); it.value = %s; it.dispatchEvent(new Event('change', "
                 "{bubbles: true})); })()" % (json.dumps(selector), json.dumps(value)))

    def picture(self, path):
        height = self.run("Math.min(4000, document.documentElement.scrollHeight)")
        width = self.run("innerWidth")
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True,
                         clip={"x": 0, "y": 0, "width": width, "height": height, "scale": 1})["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def close(self):
        if self.browser.tabs.pop(self.session, None) is not None:
            self.browser.call("Target.disposeBrowserContext", browserContextId=self.context)
