"""Chromium without a window, driven over its DevTools protocol through two pipes: no port, no other package."""

import base64
import json
import os
import selectors
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from support import programs
from support.waiting import PATIENCE_SECONDS

_FLAGS = [
    "--headless=new", "--remote-debugging-pipe", "--no-first-run", "--no-default-browser-check", "--disable-gpu",
    "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-default-apps", "--disable-extensions", "--hide-scrollbars", "--force-color-profile=srgb", "--no-proxy-server",
]


class Navigated(AssertionError):
    """The page went elsewhere while it was asked."""


class Browser:
    """One Chromium with a profile of its own."""

    def __init__(self):
        self._profile = tempfile.mkdtemp(prefix="browser-")
        their_in, self._to = os.pipe()
        self._from, their_out = os.pipe()
        # Chromium reads from descriptor 3 and writes to 4; a shell moves them there, whatever their numbers are.
        moved = f'exec 3<&{their_in} 4>&{their_out}; exec "$@"'
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        self._process = subprocess.Popen(
            ["bash", "-c", moved, "bash", programs.required("chromium"), *_FLAGS, *sandbox, f"--user-data-dir={self._profile}"],
            pass_fds=(their_in, their_out), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True)
        os.close(their_in)
        os.close(their_out)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._from, selectors.EVENT_READ)
        self._buffer = b""
        self._next = 0
        self.events = []

    def close(self):
        """Ends it and removes its profile."""
        try:
            self.call("Browser.close")
            self._process.wait(timeout=60)
        except (AssertionError, BrokenPipeError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait(timeout=60)
        os.close(self._to)
        os.close(self._from)
        shutil.rmtree(self._profile, ignore_errors=True)

    def call(self, method, session=None, **parameters):
        """One command and its result."""
        self._next += 1
        message = {"id": self._next, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = self._receive(deadline)
            assert answer is not None, f"{method}: no answer within {PATIENCE_SECONDS} s"
            if answer.get("id") == self._next:
                problem = f"{method}: {answer.get('error')}"
                if "navigated or closed" in problem:
                    raise Navigated(problem)
                assert "error" not in answer, problem
                return answer["result"]

    def pump(self, seconds):
        """Takes in the events of a while."""
        deadline = time.monotonic() + seconds
        while self._receive(deadline) is not None:
            pass

    def _receive(self, deadline):
        """The next message, which is noted when it is an event; None when time is up."""
        while b"\0" not in self._buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not self._selector.select(left):
                return None
            chunk = os.read(self._from, 1 << 20)
            assert chunk, "Chromium has ended"
            self._buffer += chunk
        text, self._buffer = self._buffer.split(b"\0", 1)
        message = json.loads(text)
        if "method" in message:
            self.events.append(message)
        return message

    def page(self, **options):
        """A new page with an empty cache of its own."""
        return Page(self, **options)


class Page:
    """A tab that notes each request, each console message and each exception."""

    def __init__(self, browser, width=1280, height=900, scheme="light", motion="no-preference", scale=1, authorization=None,
                 scripts=True):
        self._browser = browser
        context = browser.call("Target.createBrowserContext")["browserContextId"]
        target = browser.call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        self._context = context
        self._target = target
        self._session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        self.resize(width, height, scale)
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": scheme}, {"name": "prefers-reduced-motion", "value": motion}])
        if not scripts:
            self.call("Emulation.setScriptExecutionDisabled", value=True)
        if authorization:
            credentials = base64.b64encode(authorization.encode()).decode()
            self.call("Network.setExtraHTTPHeaders", headers={"Authorization": f"Basic {credentials}"})

    def call(self, method, **parameters):
        """A command to this page."""
        return self._browser.call(method, session=self._session, **parameters)

    def close(self):
        """Closes the tab and forgets its cache."""
        self._browser.call("Target.disposeBrowserContext", browserContextId=self._context)

    def resize(self, width, height, scale=1):
        """The size of the window in CSS pixels."""
        self._size = (width, height, scale)
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=width < 600)

    def open(self, url):
        """Goes to an address."""
        result = self.call("Page.navigate", url=url)
        assert not result.get("errorText"), f"{url}: {result['errorText']}"
        return self

    def value(self, expression):
        """What a JavaScript expression comes to; promises are waited for."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, f"{expression}: {result['exceptionDetails']}"
        return result["result"].get("value")

    def wait(self, expression, what=None, seconds=PATIENCE_SECONDS):
        """Waits until an expression is true, and returns its value."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                value = self.value(expression)
            except Navigated:
                value = None
            if value:
                return value
            assert time.monotonic() < deadline, f"not within {seconds} s: {what or expression}; problems: {self.problems()}"
            self._browser.pump(0.05)

    def key(self, key, code=None, virtual=0, text=None):
        """Presses and releases a key."""
        down = {"type": "keyDown", "key": key, "code": code or key, "windowsVirtualKeyCode": virtual}
        if text:
            down["text"] = text
        self.call("Input.dispatchKeyEvent", **down)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, code=code or key, windowsVirtualKeyCode=virtual)

    def follow(self, link):
        """Follows a link; the answer to the click may be lost on the way."""
        try:
            self.value(f"document.querySelector({json.dumps(link)}).click()")
        except Navigated:
            pass

    def tab(self):
        """On to what takes the focus next."""
        self.key("Tab", virtual=9)

    def hide(self, is_hidden):
        """As when another tab is looked at, and back."""
        window = self._browser.call("Browser.getWindowForTarget", targetId=self._target)["windowId"]
        state = "minimized" if is_hidden else "normal"
        self._browser.call("Browser.setWindowBounds", windowId=window, bounds={"windowState": state})
        self.wait(f"document.hidden === {str(is_hidden).lower()}")

    def accessibility(self):
        """What a screen reader is told: role, name and whether it takes the focus, of all that is not ignored."""
        nodes = self.call("Accessibility.getFullAXTree")["nodes"]
        return [(node["role"]["value"], node.get("name", {}).get("value", ""),
                 any(one["name"] == "focusable" and one["value"]["value"] for one in node.get("properties", [])))
                for node in nodes if not node["ignored"]]

    def type(self, text):
        """Writes into what has the focus."""
        self.call("Input.insertText", text=text)

    def hover(self, x, y):
        """Moves the pointer."""
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def screenshot(self, path, whole=True):
        """Writes a picture of the page, PNG or WebP by its name; of the whole one in a window as high, as what is out of sight is
        not drawn."""
        if whole:
            self._grow()
        kind = Path(path).suffix[1:]
        data = self.call("Page.captureScreenshot", format=kind, **({"quality": 75} if kind == "webp" else {}))["data"]
        if whole:
            self.resize(*self._size)
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(base64.b64decode(data))

    def _grow(self):
        width, _, scale = self._size
        for _ in range(3):
            height = self.value("document.documentElement.scrollHeight")
            self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=width < 600)
            self.value("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")

    def _events(self, method):
        return [event["params"] for event in self._browser.events
                if event["method"] == method and event.get("sessionId") == self._session]

    def requests(self):
        """Addresses of all requests so far."""
        return [event["request"]["url"] for event in self._events("Network.requestWillBeSent")]

    def loads(self):
        """How many documents have been loaded whole."""
        return len(self._events("Page.loadEventFired"))

    def problems(self):
        """Exceptions, console errors and warnings, violations of the content security policy, failed requests."""
        thrown = [event["exceptionDetails"].get("exception", {}).get("description", event["exceptionDetails"]["text"])
                  for event in self._events("Runtime.exceptionThrown")]
        said = [f"{event['type']}: {[argument.get('value') for argument in event['args']]}"
                for event in self._events("Runtime.consoleAPICalled") if event["type"] in ("error", "warning", "assert")]
        logged = [f"{event['entry']['source']}: {event['entry']['text']} {event['entry'].get('url', '')}"
                  for event in self._events("Log.entryAdded") if event["entry"]["level"] in ("error", "warning")]
        return thrown + said + logged
