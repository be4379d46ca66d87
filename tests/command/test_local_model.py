"""A real language model on this machine answers, through tools/local_model, and is replayed after it has gone.

usage: test_local_model.py THRONG MPIEXEC [CLASS]

It exits 77, saying why, where the packages cannot be had: ctest then reports it as skipped.
"""
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import command
from command import SOURCE, h5py, run

TOOL = SOURCE / "tools" / "local_model"
EXAMPLE = SOURCE / "examples" / "local_model" / "local_model.toml"
UNAVAILABLE = 69
STEPS = 21  # three epochs and the first day


def setUpModule():
    done = subprocess.run([TOOL, "install"], capture_output=True, text=True, timeout=600)
    if done.returncode == UNAVAILABLE:
        print(f"SKIPPED: {done.stderr.strip()} No local model was ASKED.", flush=True)
        sys.exit(77)
    if done.returncode != 0:
        raise AssertionError(done.stderr)


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Example(command.Folder):
    def test_live_answers_are_counted_by_the_server_and_replayed_without_it(self):
        out, log = self.folder / "live", self.folder / "server.log"
        # The shell puts in where the server is.
        live = subprocess.run(
            [TOOL, "run", "--log", log, "sh", "-c", '"$@" --set "decision.stay_home.http.url=\\"$THRONG_MODEL_URL\\""',
             "sh", command.THRONG, "run", EXAMPLE, "--out", out, "--steps", str(STEPS), "--threads", "1", "--quiet",
             "--json"], capture_output=True, text=True, timeout=900)
        self.assertEqual(live.returncode, 0, live.stderr)
        line = json.loads(live.stdout.splitlines()[-1])
        asked = self.questions(out)
        self.assertGreater(len(asked), 30)
        self.assertEqual(len(set(asked)), len(asked))
        self.assertEqual(line["calls"], self.calls_by(log))
        self.assertGreaterEqual(line["calls"], len(asked))  # those that were asked again besides
        self.assertEqual(line["degraded_share"], 0)

        again = run(EXAMPLE, self.folder / "replayed", "--steps", STEPS, "--set",
                    'decision.stay_home.provider="cassette"', "--set",
                    f"decision.stay_home.cassette={json.dumps(str(out))}")

        self.assertEqual(again["content_hash"], line["content_hash"])
        self.assertEqual(again["calls"], 0)
        self.assertEqual(again["questions"], line["questions"])

    def questions(self, out):
        with h5py.File(out / "results.h5", "r") as file:
            return file["tables/decision_questions/key"].asstr()[()].tolist()

    def calls_by(self, log):
        """Requests that the server began to work on."""
        return len(re.findall(r"launch_slot_: .*processing task", log.read_text(errors="replace")))


class Tool(command.Folder):
    def test_a_schema_is_kept_to_and_the_answer_repeated(self):
        ask = self.folder / "ask.py"
        ask.write_text(
            'import json, os, urllib.request\n'
            'schema = {"type": "object", "properties": {"share": {"type": "integer", "minimum": 0, "maximum": 100}},\n'
            '          "required": ["share"], "additionalProperties": False}\n'
            'body = {"model": os.environ["THRONG_MODEL_NAME"], "temperature": 0, "seed": 1, "max_tokens": 64,\n'
            '        "messages": [{"role": "user", "content": "Repeat exactly: {\\"share\\": 512, \\"why\\": 1}"}],\n'
            '        "response_format": {"type": "json_object", "schema": schema}}\n'
            'opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))\n'
            'for _ in range(2):\n'
            '    request = urllib.request.Request(os.environ["THRONG_MODEL_URL"] + "/chat/completions",\n'
            '                                     json.dumps(body).encode(), {"Content-Type": "application/json"})\n'
            '    print(json.load(opener.open(request, timeout=120))["choices"][0]["message"]["content"].replace("\\n", " "))\n')

        done = subprocess.run([TOOL, "run", sys.executable, ask], capture_output=True, text=True, timeout=300)

        self.assertEqual(done.returncode, 0, done.stderr)
        first, second = (json.loads(answer) for answer in done.stdout.splitlines())
        self.assertEqual(list(first), ["share"])
        self.assertIn(first["share"], range(101))
        self.assertEqual(first, second)

    def test_it_ends_as_its_command_does_and_leaves_no_server(self):
        for script, code in (("exit 7", 7), ("kill -9 $$", 137)):
            with self.subTest(script=script):
                done = subprocess.run([TOOL, "run", "sh", "-c", f"echo $THRONG_MODEL_URL; {script}"],
                                      capture_output=True, text=True, timeout=180)

                self.assertEqual(done.returncode, code, done.stderr)
                self.assertFalse(self.answers(done.stdout.strip()))

    def test_no_server_is_left_by_one_that_is_stopped_or_killed(self):
        for number in (signal.SIGTERM, signal.SIGKILL):
            with self.subTest(signal=number.name):
                process = subprocess.Popen([TOOL, "run", "sh", "-c", "echo $$ $THRONG_MODEL_URL; exec sleep 300"],
                                           stdout=subprocess.PIPE, text=True)
                pid, url = process.stdout.readline().split()
                self.assertTrue(self.answers(url))

                process.send_signal(number)
                process.wait(timeout=60)

                if number == signal.SIGKILL:  # nobody is there to stop the command
                    os.kill(int(pid), signal.SIGKILL)
                self.assertTrue(self.within(20, lambda: not is_alive(pid) and not self.answers(url)))
                process.stdout.close()

    def test_messages_say_what_to_do(self):
        broken = self.folder / "broken.gguf"
        broken.write_text("no model")
        for arguments, code, wanted in ((["run"], 2, "run needs a COMMAND"),
                                        (["run", "--gguf", self.folder / "none", "true"], 66, "no such file"),
                                        (["run", "--gguf", broken, "true"], 70, "no model it can read"),
                                        (["run", "no-such-command"], 2, "cannot be run")):
            with self.subTest(arguments=arguments):
                done = subprocess.run([TOOL, *arguments], capture_output=True, text=True, timeout=180)

                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn(wanted, done.stderr)
                self.assertNotIn("Traceback", done.stderr)

    def answers(self, url):
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url + "/models", timeout=20):
                return True
        except OSError:
            return False

    def within(self, seconds, happened):
        until = time.monotonic() + seconds
        while not happened():
            if time.monotonic() > until:
                return False
            time.sleep(0.1)
        return True


if __name__ == "__main__":
    command.main()
