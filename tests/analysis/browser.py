"""A headless Chromium, driven over a pipe by its DevTools protocol: what a page says, what it asks of
the network, how it looks."""
import base64
import json
import os
import shutil
import subprocess
import tempfile
import time


def chromium():
    """Where the program stands, if anywhere."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Browser:
    """One page, in a profile of its own that goes at the end."""

    def __init__(self):
        self.profile = tempfile.TemporaryDirectory(prefix="throng-browser-", ignore_cleanup_errors=True)
        its_in, self.out = os.pipe()
        self.back, its_out = os.pipe()
        # The protocol is spoken on descriptors 3 and 4.
        command = ('exec 3<&%d 4>&%d; exec "$0" --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage '
                   '--no-first-run --disable-background-networking --disable-component-update --disable-sync '
                   '--user-data-dir="$1" --remote-debugging-pipe about:blank' % (its_in, its_out))
        self.process = subprocess.Popen(["bash", "-c", command, chromium(), self.profile.name],
                                        pass_fds=(its_in, its_out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(its_in)
        os.close(its_out)
        self.rest, self.count, self.session = b"", 0, None
        self.complaints, self.requests = [], []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")

    def close(self):
        try:
            self.session = None
            self.call("Browser.close")
            self.process.wait(20)
        except (OSError, EOFError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self.out)
        os.close(self.back)
        self.profile.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def call(self, method, **parameters):
        self.count += 1
        message = {"id": self.count, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.count:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]

    def read(self):
        while b"\0" not in self.rest:
            piece = os.read(self.back, 1 << 20)
            if not piece:
                raise EOFError("the browser ended")
            self.rest += piece
        text, self.rest = self.rest.split(b"\0", 1)
        message = json.loads(text)
        self.note(message.get("method"), message.get("params", {}))
        return message

    def note(self, method, parameters):
        """Keeps what the page complained of, and whom it asked."""
        if method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.complaints.append(str(details.get("exception", {}).get("description", details.get("text"))))
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
            self.complaints.append(str([a.get("value", a.get("description")) for a in parameters["args"]]))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            self.complaints.append(parameters["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])

    def cpu_seconds(self):
        """That all of its processes have used until now."""
        parent, ticks = {}, {}
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    with open(f"/proc/{entry}/stat") as file:
                        fields = file.read().rpartition(")")[2].split()
                except OSError:
                    continue
                parent[int(entry)], ticks[int(entry)] = int(fields[1]), int(fields[11]) + int(fields[12])
        own = {self.process.pid}
        while more := {pid for pid, above in parent.items() if above in own} - own:
            own |= more
        return sum(ticks.get(pid, 0) for pid in own) / os.sysconf("SC_CLK_TCK")

    def size(self, width, height, phone=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone)

    def value(self, expression):
        """Of an expression of JavaScript."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(str(result["exceptionDetails"]))
        return result["result"].get("value")

    def open(self, path, until, seconds=60):
        """Opens a file, and waits until an expression is true. Seconds it took, as the page counts."""
        self.complaints, self.requests = [], []
        self.call("Page.navigate", url="file://" + os.path.abspath(path))
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.value(until):
                return self.value("performance.now()") / 1000
            time.sleep(0.05)
        raise TimeoutError(f"{path}: '{until}' did not come true in {seconds} s; complaints: {self.complaints}")

    def picture(self, path, whole=True):
        """A PNG of the page, or of what is in the window."""
        done = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        with open(path, "wb") as file:
            file.write(base64.b64decode(done["data"]))
