#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors
"""show, edit, monitor, log, fields and several names at once, against the stand-in. Speaks TAP.

Environment: that of private_bus.py.
"""

import glob
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

import private_bus
from private_bus import CLIENT, CONTROL, TIMEOUT, XML, run_on_terminal

MONITOR_KEYS = [
    "event", "time", "aggregate", "text", "class", "tooltip", "alt", "name", "uuid", "gateway",
    "user_name", "owner", "autostart", "source", "filename", "state", "phase", "state_reason",
    "since", "retry_count", "next_retry", "interface", "if_index", "address", "addresses", "peer",
    "peer6", "dns", "last_error", "error"]


def test_add_options(bus):
    """--private, --shared and --temporary are what the service gets"""
    bus.start()
    for args, expected in (([], "{}"), (["--shared"], "{'private': False}"),
                           (["--temporary"], "{'persist': 'memory'}"),
                           (["--private", "--temporary"],
                            "{'private': True, 'persist': 'memory'}")):
        bus.add("x", "ok.test", *args)
        sent = bus.added()
        assert sorted(sent.split("} ")[-1].strip("{}\n").split(", ")) == \
            sorted(expected.strip("{}").split(", ")), (args, sent)
        bus.ok("delete", "x")
    bus.fails(2, "add", "x", "gateway=a", "--private", "--shared")


def test_origin(bus):
    """list and status tell owner, autostart and what is in memory only"""
    bus.add("work", "dual.test", "user=ann", "mru=1300", "refuse-pap=yes", "password-flags=2")
    assert "OWNER" not in bus.ok("list")
    bus.add("a:b\\c", "waiting.test", "--private", "autostart=yes", "--temporary")
    lines = bus.ok("list").splitlines()
    assert lines[0].split()[-2:] == ["OWNER", "AUTOSTART"], lines
    owner = bus.json("status", "a:b")["owner"]
    assert owner and lines[2].split()[-2:] == [owner, "yes"], lines
    text = bus.ok("status", "a:b")
    assert f"Owner: {owner}\n" in text and "Kept: in memory" in text, text
    assert "Autostart: yes" in text, text
    assert bus.json("status", "work")["owner"] is None
    bus.added(), bus.added()


def test_next_attempt(bus):
    """when the service tries again is told by list, status and up"""
    done = bus.fails(3, "up", "a:b", "-w", "1")
    assert re.search(r"attempt 2: .*; next attempt in (1 min|\d+ s), attempt 3\n", done.stderr), done
    assert re.search(r"reconnecting \(again in (1 min|\d+ s)\)", bus.ok("list"))
    assert re.search(r"Waiting: next attempt in (1 min|\d+ s), attempt 3\n", bus.ok("status", "a:b"))
    assert bus.json("status", "a:b")["next_retry"].startswith("20")


def test_need_secrets(bus):
    """status of a connection that waits for a person says what helps"""
    bus.add("ask", "ask.test")
    bus.added()

    def look(pid):
        text.append(bus.ok("status", "ask"))
    text = []
    _, status = run_on_terminal(bus.env, "up", "ask",
                                dialog=[("password: ", look), ("", "\x03")])
    assert status == 130
    assert "State: need-secrets" in text[0] and "l2tp-client down ask" in text[0], text
    bus.ok("delete", "ask")


def test_ip6(bus):
    """IPv6 addresses and name servers are shown beside IPv4's"""
    bus.ok("up", "work")
    found = bus.json("status", "work")
    assert found["addresses"] == ["10.77.0.10", "fd00::2"], found
    assert (found["peer"], found["peer6"]) == ("10.77.0.1", "fd00::1")
    assert found["dns"] == ["10.77.0.1", "10.77.0.2", "fd00::53"]
    assert "Address: fd00::2 peer fd00::1\n" in bus.ok("status", "work")


def test_terse(bus):
    """-t has : between fields and \\ before a : or a \\ in them; -f chooses"""
    assert bus.ok("list", "-t", "-f", "name,state,addresses") == (
        "work:connected:10.77.0.10,fd00\\:\\:2\na\\:b\\\\c:reconnecting:\n")
    assert [line.count(":") - line.count("\\:") for line in
            bus.ok("list", "-t").splitlines()] == [5, 5]
    assert bus.ok("status", "work", "-t", "-f", "name,mtu") == "name:work\nmtu:1400\n"
    assert bus.ok("-q", "list", "-f", "name,state", "--no-legend").splitlines()[0].split() == \
        ["work", "connected"]
    assert bus.ok("list", "-f", "state,name").splitlines()[0].split() == ["STATE", "NAME"]
    assert bus.ok("show", "work", "-t", "-f", "mru,user,secrets") == (
        "mru:1300\nuser:ann\nsecrets:password=asked for\n")


def test_fields(bus):
    """-f chooses JSON members, too; all is all; an unknown one is an error that lists them"""
    short = bus.ok("list", "--json=short", "-f", "name")
    assert short == '[{"name":"work"},{"name":"a:b\\\\c"}]\n', short
    assert json.loads(bus.ok("--json", "list", "-f", "name")) == json.loads(short)
    assert json.loads(bus.ok("show", "--json", "work"))["name"] == "work"
    assert list(json.loads(bus.ok("status", "work", "--json", "-f", "all"))) == \
        bus.ok("complete", "fields", "status").split()
    for verb in (["list"], ["status"], ["show", "work"], ["monitor", "--json"]):
        done = bus.fails(2, *verb, "-f", "name,nonsense")
        assert "“nonsense”" in done.stderr and "name, " in done.stderr, done
    bus.fails(2, "monitor", "-f", "name")
    bus.fails(2, "list", "--json=odd")
    bus.fails(2, "up", "work", "-t")


def test_show(bus):
    """show tells settings and origin, of secrets only where they are"""
    rows = dict(re.split(r" {2,}", line) for line in bus.ok("show", "work").splitlines())
    assert rows["mru"] == "1300" and rows["refuse-pap"] == "yes" and rows["user"] == "ann", rows
    assert rows["password"] == "asked for" and rows["owner"] == "all users", rows
    assert rows["source"] == "disk" and rows["filename"].endswith("/work.conf"), rows
    found = bus.json("show", "work")
    assert found["mru"] == 1300 and found["refuse-pap"] is True and found["owner"] is None
    assert found["secrets"] == {"password": "asked for"} and found["uuid"], found
    assert not CONTROL.search(bus.ok("show", "a:b"))
    bus.fails(2, "show")
    bus.fails(6, "show", "nix")


def test_edit_arguments(bus):
    """edit changes what is named, KEY= takes it back, the rest stays"""
    assert bus.ok("edit", "work", "mru=1280", "refuse-pap=", "port=1702") == "changed: work\n"
    sent = bus.added()
    for pair in ("'mru': 1280", "'port': 1702", "'user': 'ann'", "'password-flags': 2",
                 "'gateway': 'dual.test'"):
        assert pair in sent, sent
    assert "refuse-pap" not in sent and sent.endswith(" {}\n"), sent
    bus.ok("edit", "work", "name=office", "--password-file", "-", stdin="hunter2\n")
    assert "{'password': 'hunter2'}" in bus.added()
    bus.ok("edit", "office", "name=work", "password=")
    assert "{'password': ''}" in bus.added()


def test_edit_mistakes(bus):
    """a bad key or value is a usage error; the service's refusal has its words"""
    for args, expected in ((["mru=9"], "576 to 1500"), (["mut=1"], "did you mean mtu"),
                           (["mru=1", "mru=2"], "mru: "), (["gateway="], "gateway: is required"),
                           (["uuid=x"], "uuid: never changes"), (["password=x"], "--password-file"),
                           (["x"], "key=value"), ([], "KEY=VALUE is missing")):
        done = bus.fails(2, "edit", "work", *args)
        assert expected in done.stderr, done
    done = bus.fails(1, "edit", "work", "gateway=wrong.test")
    assert done.stderr == ("error: gateway: the service does not like it\n"
                           "hint: Take another.\n"), done


def edit(bus, script, **kwargs):
    """Runs edit with an editor that is a shell script; returns output, status, what it saw."""
    with tempfile.TemporaryDirectory() as directory:
        editor = pathlib.Path(directory, "my editor")
        editor.write_text(f'#!/bin/sh\ncat "$2" >>{directory}/seen\nls -l "$2" >>{directory}/mode\n'
                          f'printf %s "$2" >{directory}/path\n{script}\n')
        editor.chmod(0o755)
        env = dict(bus.env, EDITOR=f"'{editor}' -x", TMPDIR=directory)
        env.pop("VISUAL", None)
        output, status = run_on_terminal(env, "edit", "work", **kwargs)
        seen = pathlib.Path(directory, "seen").read_text()
        assert pathlib.Path(directory, "mode").read_text().startswith("-rw-------")
        path = pathlib.Path(pathlib.Path(directory, "path").read_text())
        assert not path.exists() and not path.parent.exists(), path
        assert not glob.glob(directory + "/l2tp-client-*")
        return output, status, seen


def test_editor(bus):
    """edit opens an editor on the settings, each with its help and none of the secrets"""
    output, status, seen = edit(bus, "sed -i 's/^mru=.*/mru = 1290/; s/^#persist=.*/persist=yes/; "
                                     "/^port=/d' \"$2\"; touch \"$2~\"")
    assert status == 0 and "changed: work" in output, output
    sent = bus.added()
    assert "'mru': 1290" in sent and "'persist': True" in sent and "'port'" not in sent, sent
    assert "'password-flags': 2" in sent, sent
    assert "name=work\n" in seen and "\n#mtu=1400\n" in seen and "MTU of the interface" in seen
    assert not re.search("^#?(password|ipsec-psk|uuid)=", seen, re.M), seen


def test_editor_unchanged(bus):
    """nothing changed, nothing done"""
    before = bus.ok("show", "work")
    output, status, _ = edit(bus, "true")
    assert status == 0 and "Nothing is changed." in output, output
    assert bus.ok("show", "work") == before


def test_editor_wrong_line(bus):
    """a wrong line opens the editor again, with the reason; left alone, it is given up"""
    output, status, seen = edit(bus, "sed -i 's/^mru=9$/mru=1300/; s/^mru=1290/mru=9/' \"$2\"")
    assert status == 0, output
    assert seen.count("#! mru: “9” must be a number from 576 to 1500\n") == 1, seen
    assert "'mru': 1300" in bus.added()
    output, status, seen = edit(bus, "sed -i 's/^mru=.*/nonsense/' \"$2\"")
    assert status == 2 and "“nonsense” is not of the form key=value" in output, output
    output, status, seen = edit(bus, "sed -i 's/^gateway=.*/gateway=wrong.test/' \"$2\"")
    assert status == 2 and "#! gateway: the service does not like it\n" in seen, output
    assert "1300" in bus.ok("show", "work")


def test_editor_fails(bus):
    """an editor that fails, or that is not there, changes nothing"""
    output, status, _ = edit(bus, "sed -i 's/^mru=.*/mru=1000/' \"$2\"; exit 3")
    assert status == 1 and "the editor failed" in output, output
    output, status = run_on_terminal(dict(bus.env, EDITOR="/nonexistent"), "edit", "work")
    assert status == 1 and "error:" in output and "VISUAL or EDITOR" in output, output
    assert "1300" in bus.ok("show", "work")


def test_editor_interrupted(bus):
    """Ctrl-C and SIGTERM remove the file and change nothing"""
    for stop, expected in (("\x03", 130), (lambda pid: os.kill(pid, signal.SIGTERM), 143)):
        output, status, _ = edit(bus, "echo READY; exec sleep 60", dialog=[("READY", stop)])
        assert status == expected, (status, output)
    assert "1300" in bus.ok("show", "work")


def test_several(bus):
    """down and delete take several names, and look all up before they begin"""
    bus.add("one", "ok.test")
    bus.add("two", "ok.test")
    bus.added(), bus.added()
    bus.ok("up", "one")
    bus.fails(6, "down", "one", "nix")
    assert bus.json("status", "one")["state"] == "connected"
    assert bus.ok("down", "one", "two", "one") == "disconnected: one\nnot connected: two\n"
    assert bus.ok("delete", "one", "two") == "deleted: one\ndeleted: two\n"


def read_until(process, wanted):
    lines = []
    while not lines or not wanted(lines[-1]):
        line = process.stdout.readline()
        assert line, lines
        lines.append(json.loads(line) if line.startswith("{") else line.rstrip("\n"))
    return lines


def stop(process):
    process.send_signal(signal.SIGINT)
    assert process.wait(TIMEOUT) == 130
    assert process.stderr.read() == ""
    process.stdout.close()


def test_monitor(bus):
    """monitor prints what is, then each change with its time, over a restart of the service"""
    bus.start()
    bus.add("work", "dual.test")
    bus.add("refused", "refused.test")
    monitor = bus.popen("monitor")
    first = read_until(monitor, lambda line: "refused" in line)
    assert [re.sub(r"^\d\d:\d\d:\d\d ", "", line) for line in first] == \
        ["work: disconnected", "refused: disconnected"], first
    bus.ok("up", "work")
    assert [line[9:] for line in read_until(monitor, lambda line: ": connected" in line)] == \
        ["work: connecting", "work: connected, ppp0, 10.77.0.10, fd00::2"]
    bus.fails(4, "up", "refused")
    assert read_until(monitor, lambda line: "failed" in line)[-1].endswith(
        "refused: failed, tunnel: 192.0.2.1 refused: no resources")
    bus.start()
    assert [line[9:] for line in read_until(monitor, lambda line: "is back" in line)] == \
        ["The service has stopped.", "The service is back."]
    bus.add("again", "ok.test")
    assert read_until(monitor, lambda line: "again" in line)[-1][9:] == "again: disconnected"
    bus.ok("delete", "again")
    assert read_until(monitor, lambda line: "removed" in line)[-1][9:] == "again: removed"
    stop(monitor)


def test_monitor_json(bus):
    """monitor --json has an object a line with every key, for a status bar, too"""
    bus.add("R&D", "ok.test")
    uuid = bus.json("status", "R&D")["uuid"]
    monitor = bus.popen("monitor", "--json")
    assert [line["state"] for line in read_until(monitor, lambda _: True)] == ["disconnected"]
    bus.ok("up", "R&D")
    lines = read_until(monitor, lambda line: line["state"] == "connected")
    assert all(list(line) == MONITOR_KEYS for line in lines), lines
    assert [line["phase"] for line in lines] == ["resolve", "tunnel", "session", "ppp", "ip", None]
    last = lines[-1]
    assert (last["uuid"], last["interface"], last["address"]) == (uuid, "ppp0", "10.77.0.10")
    assert last["text"] == "R&amp;D" and last["tooltip"] == "R&amp;D: connected, ppp0, 10.77.0.10"
    assert last["class"] == last["alt"] == last["aggregate"] == "connected"
    assert lines[0]["class"] == "connecting" and last["error"] is None
    bus.stop_service()
    line, = read_until(monitor, lambda _: True)
    assert (line["event"], line["text"], line["class"]) == ("service-stopped", "", "none"), line
    assert list(line) == MONITOR_KEYS
    bus.start()
    assert read_until(monitor, lambda _: True)[0]["event"] == "service-started"
    stop(monitor)


def test_monitor_one(bus):
    """of one connection it shows only that, and ends when it is removed"""
    bus.add("work", "ok.test")
    bus.add("refused", "refused.test")
    bus.fails(4, "up", "refused")
    monitor = bus.popen("monitor", "work", "--json", "-f", "class,aggregate,event")
    assert read_until(monitor, lambda _: True) == [
        {"class": "none", "aggregate": "attention", "event": "state"}]
    bus.ok("up", "work")
    assert [line["class"] for line in read_until(
        monitor, lambda line: line["class"] == "connected")] == ["connecting", "connected"]
    bus.ok("delete", "work")
    assert read_until(monitor, lambda line: line["event"] == "removed")
    assert monitor.wait(TIMEOUT) == 0
    monitor.communicate()
    bus.fails(6, "monitor", "nix")


def test_monitor_terse(bus):
    """-t prints fields, and only what is new; the reader may go at any time"""
    bus.add("work", "ok.test")
    monitor = bus.popen("monitor", "work", "-t", "-f", "name,state")
    read_until(monitor, lambda line: line == "work:disconnected")
    bus.ok("up", "work")
    assert read_until(monitor, lambda line: line == "work:connected") == \
        ["work:connecting", "work:connected"]
    monitor.stdout.close()
    bus.ok("down", "work")
    assert monitor.wait(TIMEOUT) == 0


def test_documented(bus):
    """the man page names every key of monitor, and every verb"""
    page = pathlib.Path(XML, "../data/l2tp-client.1").read_text()
    section = page.split(".SH JSON")[1].split(".SH EXAMPLES")[0].replace("\\-", "-")
    for key in MONITOR_KEYS:
        assert re.search(rf"\b{key}\b", section), key
    assert bus.ok("complete", "fields", "monitor").split() == MONITOR_KEYS
    for verb in re.findall(r"^  (\w+)", bus.ok("--help").partition("Verbs:")[2], re.M):
        assert re.search(rf"^\.BR? {verb}\b", page, re.M), verb


def test_stages_documented(bus):
    """the man pages name every stage, in its order"""
    data = pathlib.Path(XML, "../data")
    stages = re.findall(r'= { "(\w+)", \d+,',
                        (data / "../service/l2tp-stage.c").read_text(encoding="utf-8"))
    assert len(stages) == 6, stages
    page = (data / "l2tp-clientd.8").read_text(encoding="utf-8")
    section = page.split(".SH BRINGING A CONNECTION UP")[1].split(".SH ")[0]
    assert re.findall(r"^\.TP\n\.B (\w+)$", section, re.M) == stages
    page = (data / "l2tp-client.1").read_text(encoding="utf-8")
    section = page.split("\n.B phase\n")[1].split(".TP")[0]
    assert re.findall(r"^\.BR? (\w+)", section, re.M) == stages


def test_log(bus):
    """log is journalctl with the connection's field; a UUID needs no service"""
    journals = [path for top in ("/run", "/var")
                for path in glob.glob(f"{top}/log/journal/*/system.journal")]
    if journals and not any(os.access(path, os.R_OK) for path in journals):
        assert "systemd-journal" in bus.fails(7, "log", "work").stderr
        raise private_bus.unittest.SkipTest("may not read the journal")
    uuid = bus.json("status", "work")["uuid"]
    with tempfile.TemporaryDirectory() as directory:
        journalctl = pathlib.Path(directory, "journalctl")
        journalctl.write_text('#!/bin/sh\necho "$@"\n')
        journalctl.chmod(0o755)
        env = dict(bus.env, PATH=f"{directory}:{bus.env['PATH']}")
        said = bus.ok("log", "work", "-f", "-n", "5", env=env).split()
        assert f"L2TP_CONNECTION={uuid}" in said and "--follow" in said and "--lines=5" in said
        assert "--unit=l2tp-client.service" in bus.ok("log", env=env)
        bus.fails(6, "log", "nix", env=env)
        bus.stop_service()
        assert f"L2TP_CONNECTION={uuid}" in bus.ok("log", uuid.upper(), env=env)
    done = subprocess.run([CLIENT, "log", uuid], env=dict(bus.env, PATH="/nonexistent"), text=True,
                          capture_output=True, timeout=TIMEOUT)
    assert done.returncode == 1 and "journalctl is not installed\nhint: " in done.stderr, done
    bus.fails(2, "log", "-n", "-5")


if __name__ == "__main__":
    sys.exit(private_bus.run_tests(globals()))
