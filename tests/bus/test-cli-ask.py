#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors
"""What the command line client asks a person for: secrets, and polkit's password. Speaks TAP.

Environment: that of private_bus.py.
"""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

import private_bus
from private_bus import CLIENT, CONTROL, TIMEOUT, run_on_terminal

PROMPT = "work (ann): PPP password: "
NOBODY = 65534


def lines_of(output):
    """Without what a spinner had drawn, and erased."""
    return re.sub(r"[^\r\n]*\r\x1b\[K", "", output).replace("\r", "").splitlines()


def test_up(bus):
    """up on a terminal asks without echo, and it works"""
    bus.start()
    for name, gateway in (("work", "ask.test"), ("expired", "expired.test"),
                          ("again", "again.test"), ("impatient", "impatient.test"),
                          ("polkit", "polkit.test"), ("two", "two.test")):
        bus.add(name, gateway, "user=ann")
        bus.added()
    output, status = run_on_terminal(bus.env, "up", "work", dialog=[(PROMPT, "hunter2\n")])
    assert status == 0 and "hunter2" not in output, output
    assert output.count(PROMPT) == 1 and "connected" in output, output
    assert bus.added() == "ANSWERED {'password': 'hunter2'}\n"
    bus.ok("down", "work")


def test_wrong_answer(bus):
    """an empty answer is no answer: it is asked for again"""
    output, status = run_on_terminal(bus.env, "up", "work",
                                     dialog=[(PROMPT, "\n"), ("is empty", ""), (PROMPT, "x\n")])
    assert status == 0, output
    assert bus.added() == "ANSWERED {'password': 'x'}\n"
    bus.ok("down", "work")


def test_long_answer(bus):
    """an answer of any length neither crashes nor is cut"""
    output, status = run_on_terminal(bus.env, "up", "work",
                                     dialog=[(PROMPT, "x" * 3000 + "\n"), ("octets", ""),
                                             (PROMPT, "y" * 255 + "\n")])
    assert status == 0, output
    assert bus.added() == "ANSWERED {'password': '%s'}\n" % ("y" * 255)
    bus.ok("down", "work")


def test_two(bus):
    """two secrets are two questions"""
    output, status = run_on_terminal(
        bus.env, "up", "two", dialog=[("two (ann): PPP password: ", "one\n"),
                                      ("two (ann): Pre-shared key: ", "other\n")])
    assert status == 0, output
    answer = bus.added()
    assert "'password': 'one'" in answer and "'ipsec-psk': 'other'" in answer, answer
    bus.ok("down", "two")


def test_expired(bus):
    """the peer's message is shown, cleaned, when it is asked again"""
    prompt = "expired (ann): PPP password: "
    output, status = run_on_terminal(bus.env, "up", "expired",
                                     dialog=[(prompt, "first\n"), (prompt, "second\n")])
    assert status == 0, output
    assert "expired: the LNS says: Password [2Jexpired, new one: now" in lines_of(output), output
    assert "\x1b[2J" not in output and "first" not in output and "second" not in output, output
    assert [bus.added() for _ in range(2)] == ["ANSWERED {'password': 'first'}\n",
                                               "ANSWERED {'password': 'second'}\n"]


def test_again(bus):
    """a refusal without a word is told, too"""
    prompt = "again (ann): PPP password: "
    output, status = run_on_terminal(bus.env, "up", "again",
                                     dialog=[(prompt, "first\n"),
                                             ("did not accept that", ""), (prompt, "second\n")])
    assert status == 0, output
    bus.added(), bus.added()


def test_cancel(bus):
    """Ctrl-C at the prompt ends the attempt, Ctrl-D too"""
    for key in ("\x03", "\x04"):
        output, status = run_on_terminal(bus.env, "up", "work", dialog=[(PROMPT, key)])
        assert status == 130 and "Canceled: work is not connected." in output, (status, output)
        assert bus.json("status", "work")["last_error"]["name"] == "org.l2tp.Error.AgentCanceled"


def test_taken_back(bus):
    """the service takes its question back: no prompt is left, the terminal is as before"""
    output, status = run_on_terminal(bus.env, "up", "impatient",
                                     dialog=[("PPP password: ", "half")])
    assert status == 5 and "no password was given" in output, (status, output)
    script = f"{CLIENT} up impatient; stty -a"
    output, _ = run_on_terminal(bus.env, "-c", script, program="/bin/sh")
    assert " echo " in output and " -echo " not in output, output


def test_terminated(bus):
    """SIGTERM at the prompt leaves the terminal as it was"""
    script = f"{CLIENT} up work; stty -a"
    kill = lambda pid: subprocess.run(["pkill", "-TERM", "-P", str(pid)], check=True)  # noqa: E731
    output, _ = run_on_terminal(bus.env, "-c", script, program="/bin/sh", dialog=[(PROMPT, kill)])
    assert " -echo " not in output and "Detached" in output, output
    bus.ok("down", "work")


def test_no_ask(bus):
    """--no-ask, and no terminal: nobody is asked"""
    output, status = run_on_terminal(bus.env, "up", "--no-ask", "work")
    assert status == 5 and PROMPT not in output, output
    done = bus.fails(5, "up", "work")
    assert done.stderr == (
        "error: ppp: a password is needed\nhint: “l2tp-client up --ask NAME” asks for it, "
        "“l2tp-client edit NAME --password-file FILE” keeps it\n"), done
    bus.fails(2, "up", "--ask", "--no-ask", "work")


def test_foreigner(bus):
    """only the service may call the agent"""
    def call(pid):
        names = subprocess.run(
            ["busctl", "--address", bus.env["DBUS_SYSTEM_BUS_ADDRESS"], "call",
             "org.freedesktop.DBus", "/", "org.freedesktop.DBus", "ListNames"],
            capture_output=True, text=True, check=True).stdout.split('"')
        for name in names:
            if name.startswith(":"):
                answers.append(subprocess.run(
                    ["busctl", "--address", bus.env["DBUS_SYSTEM_BUS_ADDRESS"], "call", name,
                     "/org/l2tp/Agent", "org.l2tp.Agent", "RequestSecrets", "oasa{sv}", "/x", "1",
                     "password", "0"], capture_output=True, text=True, timeout=TIMEOUT).stderr)
        os.kill(pid, signal.SIGTERM)
    answers = []
    if not shutil.which("busctl"):
        raise private_bus.unittest.SkipTest("no busctl")
    output, _ = run_on_terminal(bus.env, "up", "work", dialog=[(PROMPT, call)])
    assert any("ccess denied" in answer for answer in answers), answers
    assert output.count(PROMPT) == 1, output
    bus.ok("down", "work")


def test_add(bus):
    """add --ask asks for what is missing, and only for that"""
    output, status = run_on_terminal(bus.env, "add", "asked", "gateway=ok.test", "user=ann",
                                     "--ask", dialog=[("PPP password: ", "hunter2\n")])
    assert status == 0 and "hunter2" not in output, output
    assert "{'password': 'hunter2'}" in bus.added()
    for extra in (["password-flags=2"], []):
        name = f"unasked{len(extra)}"
        args = ["add", name, "gateway=ok.test", "--ask", *extra, *(["user=ann"] if extra else [])]
        output, status = run_on_terminal(bus.env, *args)
        assert status == 0 and "password:" not in output, output
        assert " {} {}" in bus.added()
    done = subprocess.run(["setsid", CLIENT, "add", "x", "gateway=a", "user=b", "--ask"],
                          env=bus.env, capture_output=True, text=True, timeout=TIMEOUT,
                          stdin=subprocess.DEVNULL)
    assert done.returncode == 2 and "there is no terminal" in done.stderr, done


def test_agent(bus):
    """agent asks for what others start, and survives the service's restart"""
    def start(pid):
        process.append(bus.popen("up", "work"))

    def restart(pid):
        bus.start()
        bus.add("work", "ask.test", "user=ann")
        bus.added()
    process = []
    output, status = run_on_terminal(
        bus.env, "agent", dialog=[
            ("are asked for here", start), (PROMPT, "one\n"), ("", lambda _: bus.added()),
            ("", restart), ("has stopped", ""), ("are asked for here", start),
            (PROMPT, "two\n"), ("", lambda _: bus.added()),
            ("", lambda pid: os.kill(pid, signal.SIGINT))])
    assert status == 130, (status, output)
    for one in process:
        one.communicate(timeout=TIMEOUT)
    assert process[1].returncode == 0
    bus.fails(2, "agent", "--no-ask")


def polkit_agent(directory, verdict):
    """A pkttyagent that asks on the terminal whatever comes, and the client where all may run it."""
    script = pathlib.Path(directory, "pkttyagent")
    script.write_text("#!/bin/sh\nprintf 'AGENT %s %s %s %s\\n' \"$1\" \"$3\" \"$4\" \"$5\"\n"
                      f"{verdict}\n")
    client = pathlib.Path(directory, "l2tp-client")
    shutil.copy(CLIENT, client)
    for path in (script, client, pathlib.Path(directory)):
        path.chmod(0o755)
    return str(client)


def test_polkit(bus):
    """a call that needs authorisation is made again with polkit's agent there"""
    if os.getuid() != 0:
        raise private_bus.unittest.SkipTest("needs root, to be somebody else")
    bus.add("polkit", "polkit.test")
    bus.added()
    with tempfile.TemporaryDirectory() as directory:
        client = polkit_agent(directory, "exec 3>&-; exec sleep 60")
        env = dict(bus.env, PATH=f"{directory}:{bus.env['PATH']}")
        env.pop("XDG_SESSION_ID", None)
        for verb, word in (("up", "connected"), ("down", "disconnected"), ("delete", "deleted")):
            output, status = run_on_terminal(env, verb, "polkit", uid=NOBODY, program=client)
            assert status == 0 and word in output, (verb, status, output)
            assert "AGENT --process --notify-fd 3 " in output, output
            assert output.count("AGENT") == 1, output
            assert bus.added() == "AUTHORIZED\n"
        bus.add("polkit", "polkit.test")
        bus.added()
        output, status = run_on_terminal(dict(env, XDG_SESSION_ID="1"), "up", "polkit",
                                         uid=NOBODY, program=client)
        assert status == 0 and "3 --fallback" in output, output
        bus.added()


def test_polkit_without(bus):
    """without polkit's agent, without a terminal, as root: no agent, one try more; --no-ask: none"""
    with tempfile.TemporaryDirectory() as directory:
        polkit_agent(directory, "exec sleep 60")
        env = dict(bus.env, PATH=f"{directory}:{bus.env['PATH']}")
        output, status = run_on_terminal(env, "down", "polkit")
        assert status == 0 and "AGENT" not in output, output
        bus.added()
    bus.ok("up", "polkit")
    bus.added()
    done = bus.fails(7, "down", "--no-ask", "polkit")
    assert done.stderr.startswith("error: you may do this only after typing a password\nhint: ")
    assert not CONTROL.search(done.stderr), done


if __name__ == "__main__":
    sys.exit(private_bus.run_tests(globals()))
