#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors
"""The command line client against a stand-in service on a private bus. Speaks TAP.

Environment: that of private_bus.py.
"""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

import private_bus
from private_bus import CLIENT, CONTROL, TIMEOUT, UUID, XML, run_on_terminal


def test_no_service(bus):
    """8 without the service, and without the bus"""
    bus.stop_service()
    done = bus.fails(8, "list")
    assert done.stdout == "" and "journalctl" in done.stderr, done
    done = bus.fails(8, "list", env=dict(bus.env,
                                         DBUS_SYSTEM_BUS_ADDRESS="unix:path=/nonexistent"))
    assert "system bus" in done.stderr and "unset it" in done.stderr, done
    bus.start()


def test_empty(bus):
    """an empty list is no error"""
    done = bus.run("list")
    assert (done.returncode, done.stdout) == (0, ""), done
    assert "no connections" in done.stderr, done
    assert bus.json("list") == [] and bus.json("status") == []
    assert bus.json() == []
    assert bus.run("-q", "list").stderr == ""


def test_help(bus):
    """--help lists verbs; add --help lists every option"""
    for verb in ("list", "status", "up", "down", "add", "delete"):
        assert verb in bus.ok("--help")
        assert f"{verb}" in bus.ok(verb, "--help")
    text = bus.ok("add", "--help")
    for row in pathlib.Path(XML, "l2tp-options.def").read_text().split("\nX (")[1:]:
        key = re.search('"([^"]+)"', row).group(1)
        secret = "L2TP_OPTION_SECRET" in row
        if "L2TP_OPTION_LEGACY" in row:
            assert key not in text.split(), key
            continue
        assert key == "name" or (f"--{key}-file" if secret else f"  {key} ") in text, key
    assert "(default 1701)" in text and "(required)" in text
    assert re.fullmatch(r"l2tp-client \d+\.\d+\.\d+\n", bus.ok("--version"))


def test_usage(bus):
    """2 for a wrong command line, before the service is asked"""
    for args in (["nonsense"], ["up"], ["up", "a", "b"], ["--nonsense"], ["up", "--nonsense"],
                 ["up", "-w", "x", "a"], ["up", "-w", "-5", "a"], ["--color=pink"],
                 ["list", "x"], ["list", "-w", "1"]):
        done = bus.fails(2, *args)
        assert done.stdout == "" and done.stderr.startswith("error: "), done
    assert "too few arguments: add NAME KEY=VALUE…" in bus.fails(2, "add").stderr


def test_add(bus):
    """add sends typed values and prints name and UUID"""
    out = bus.add("work", "ok.test", "user=ann", "mru=1300", "refuse-pap=yes")
    assert re.fullmatch(f"added: work, {UUID}\n", out), out
    sent = bus.added()
    for pair in ("'mru': 1300", "'refuse-pap': True", "'user': 'ann'", "'gateway': 'ok.test'"):
        assert pair in sent, sent
    report = json.loads(bus.add("workshop", "slow.test", "--json"))
    assert report["name"] == "workshop" and re.fullmatch(UUID, report["uuid"])
    bus.added()


def test_add_refused(bus):
    """a duplicate name is the service's decision and its words"""
    done = bus.fails(1, "add", "work", "gateway=ok.test")
    assert done.stderr == "error: name: “work” is taken\n", done


def test_add_mistakes(bus):
    """bad keys and values are usage errors that name the key"""
    cases = [
        (["gatewy=a"], ["gatewy: ", "did you mean gateway"]),
        (["xyzzyfoobar=a"], ["xyzzyfoobar: "]),
        (["gateway=a", "mtu=9"], ["mtu: ", "576 to 1500"]),
        (["gateway=a", "mtu=1400x"], ["mtu: "]),
        (["gateway=a", "refuse-eap=true"], ["refuse-eap: ", "yes or no"]),
        (["gateway=a", "gateway=b"], ["gateway: given twice"]),
        (["gateway=a", "name=b"], ["name: given twice"]),
        (["gateway=a\x1b[31m"], ["gateway: "]),
        (["gateway"], ["key=value"]),
        ([], ["gateway: is required"]),
    ]
    for args, expected in cases:
        done = bus.fails(2, "add", "x", *args)
        assert all(text in done.stderr for text in expected), done
        assert not CONTROL.search(done.stderr), done
    bus.fails(2, "add", "", "gateway=a")


def test_secret_on_argv(bus):
    """a secret on the command line is refused and not repeated"""
    for key in ("password", "tunnel-secret"):
        done = bus.fails(2, "add", "x", "gateway=a", f"{key}=hunter2")
        assert f"{key}: give it with --{key}-file" in done.stderr, done
        assert "hunter2" not in done.stderr + done.stdout


def test_secret_files(bus):
    """secrets come from files and from standard input, less one newline"""
    with tempfile.NamedTemporaryFile("w") as file:
        file.write("tünnel \n")
        file.flush()
        bus.add("s1", "ok.test", "--password-file", "-", "--tunnel-secret-file", file.name,
                stdin="hunter2\nnot this\n")
        sent = bus.added()
        assert "'password': 'hunter2'" in sent and "'tunnel-secret': 'tünnel '" in sent, sent
        os.chmod(file.name, 0o644)
        done = bus.run("add", "s2", "gateway=a", "--password-file", file.name)
        assert done.returncode == 0 and "warning:" in done.stderr, done
        bus.added()
    bus.add("s3", "ok.test", "--password-file", "-", stdin="without newline")
    assert "'without newline'" in bus.added()
    for name in ("s1", "s2", "s3"):
        bus.ok("delete", name)


def test_secret_mistakes(bus):
    """an empty, missing, binary or endless secret is an error"""
    for text in ("", "\n", "a\tb", "a\0b"):
        done = bus.fails(2, "add", "x", "gateway=a", "--password-file", "-", stdin=text)
        assert "password: " in done.stderr, done
    bus.fails(1, "add", "x", "gateway=a", "--password-file", "/nonexistent")
    bus.fails(1, "add", "x", "gateway=a", "--password-file", "/dev/zero")
    bus.fails(2, "add", "x", "gateway=a", "--password-file", "-", "--tunnel-secret-file", "-")


def test_secret_prompt(bus):
    """a terminal is asked for the secret, without echo"""
    for typed, expected in (("hunter2\n", 0), ("\x03", 130)):
        output, status = run_on_terminal(bus.env, "add", "asked", "gateway=a",
                                         "--password-file", "-", dialog=[("password: ", typed)])
        assert status == expected and "hunter2" not in output, (output, status)
    assert "'password': 'hunter2'" in bus.added()
    bus.ok("delete", "asked")


def test_names(bus):
    """NAME is a name, a UUID or a unique prefix of either"""
    uuids = {c["name"]: c["uuid"] for c in bus.json("list")}
    for what in ("workshop", "works", uuids["workshop"], uuids["workshop"][:20]):
        assert bus.json("status", what)["name"] == "workshop", what
    assert bus.json("status", "work")["name"] == "work"
    done = bus.fails(1, "status", "wor")
    assert all(text in done.stderr for text in ("work", "workshop", *uuids.values(), "hint: ")), done


def test_not_found(bus):
    """6 for a connection that does not exist"""
    for verb in ("status", "up", "down", "delete"):
        assert "“nix”" in bus.fails(6, verb, "nix").stderr
        bus.fails(6, verb, "")


def test_up(bus):
    """up prints the stages in order, then the result"""
    lines = bus.ok("up", "work").splitlines()
    stages = [re.fullmatch(r"(\w+) (\d+\.\d{3}) s", line) for line in lines[:-1]]
    assert [m and m.group(1) for m in stages] == ["resolve", "tunnel", "session", "ppp", "ip"]
    times = [float(m.group(2)) for m in stages]
    assert times == sorted(times)
    assert re.fullmatch(r"connected: ppp0, 10\.77\.0\.10 peer 10\.77\.0\.1, \d+\.\d\d s",
                        lines[-1]), lines


def test_up_again(bus):
    """up of a connection that is up says so and succeeds"""
    assert bus.ok("up", "work") == "already connected: ppp0, 10.77.0.10 peer 10.77.0.1\n"


def test_list(bus):
    """the table has a heading and a line for each connection"""
    lines = bus.ok("list").splitlines()
    assert lines[0].split() == ["NAME", "STATE", "INTERFACE", "ADDRESS", "GATEWAY", "FOR"]
    assert lines[1].split()[:5] == ["work", "connected", "ppp0", "10.77.0.10", "ok.test"]
    assert lines[2].split()[:5] == ["workshop", "disconnected", "-", "-", "slow.test"]
    assert bus.ok().splitlines()[1].split()[:2] == ["work", "connected"]


KEYS = {
    "name": str, "uuid": str, "gateway": str, "user_name": str, "owner": None, "autostart": bool,
    "source": str, "filename": str, "state": str, "phase": None, "state_reason": str,
    "since": str, "retry_count": int, "next_retry": None, "interface": str, "if_index": int,
    "addresses": list, "peer": str, "peer6": None, "dns": list, "last_error": None,
    "local_address": str, "local_port": int, "peer_address": str, "peer_port": int,
    "peer_host_name": str, "peer_vendor": str, "tunnel_id": int, "peer_tunnel_id": int,
    "secured": bool, "encap": str, "cipher": str, "rekey_at": str,
    "session_id": int, "peer_session_id": int, "pppd_pid": int, "mtu": int, "rx_bytes": int,
    "tx_bytes": int, "rx_packets": int, "tx_packets": int, "rx_errors": int, "tx_errors": int,
    "control_rx": int, "control_tx": int, "control_retransmits": int, "timeline": list,
}


def test_output_lost(bus):
    """an output that is not whole is a failure, but not if its reader has gone"""
    for args in (["list"], ["list", "--json"], ["--help"]):
        with open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run([CLIENT, *args], env=bus.env, stdout=full, text=True,
                                  stderr=subprocess.PIPE, timeout=TIMEOUT, check=False)
        assert done.returncode == 1 and done.stderr.startswith("error: standard output"), done
    reader, pipe = os.pipe()
    os.close(reader)
    done = subprocess.run([CLIENT, "list"], env=bus.env, stdout=pipe, text=True,
                          stderr=subprocess.PIPE, timeout=TIMEOUT, check=False)
    os.close(pipe)
    assert done.returncode == 0 and done.stderr == "", done


def test_status_json(bus):
    """status --json has every key, each of its type"""
    status = bus.json("status", "work")
    assert list(status) == list(KEYS)
    for key, kind in KEYS.items():
        found = status[key]
        assert found is None if kind is None else isinstance(found, kind), (key, found)
    assert status["addresses"] == ["10.77.0.10"] and status["peer"] == "10.77.0.1"
    assert status["state"] == "connected" and status["tx_bytes"] == 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", status["since"])
    assert [e["stage"] for e in status["timeline"]][-1] == "connected"
    assert all(isinstance(e["time_us"], int) for e in status["timeline"])


def test_json_documented(bus):
    """the man page names every key"""
    page = pathlib.Path(XML, "../data/l2tp-client.1").read_text()
    section = page.split(".SH JSON")[1].split(".SH EXAMPLES")[0].replace("\\-", "-")
    for key in KEYS:
        assert re.search(rf"\b{key}\b", section), key


def test_status_json_absent(bus):
    """what is not there is null, and no key is missing"""
    status = bus.json("status", "workshop")
    assert list(status) == list(KEYS)
    for key in ("interface", "peer", "local_port", "tunnel_id", "session_id", "pppd_pid",
                "rx_bytes", "tx_bytes", "last_error", "mtu", "phase", "if_index"):
        assert status[key] is None, key
    assert status["addresses"] == [] and status["dns"] == [] and status["timeline"] == []
    assert len(bus.json("status")) == len(bus.json("list")) == 2


def test_status(bus):
    """status is a block of text without control characters"""
    text = bus.ok("status", "work")
    for part in ("● work\n", "State: connected since ", "Address: 10.77.0.10 peer 10.77.0.1\n",
                 "DNS: 10.77.0.1, 10.77.0.2\n", "192.0.2.7:40123 → 192.0.2.1:1701, id 4711 → 12",
                 "id 815 → 34, pppd 4242",
                 "IPsec: esp-in-udp, AES_CBC-256/HMAC_SHA2_256_128, new keys in 59 min\n", "Interface: ppp0, MTU 1400"):
        assert part in text, (part, text)
    assert not CONTROL.search(text), text
    assert "● workshop\n" in bus.ok("status")


def test_down(bus):
    """down waits for the end; down of what is down succeeds"""
    assert bus.ok("down", "work") == "disconnected: work\n"
    assert bus.json("status", "work")["state"] == "disconnected"
    assert bus.ok("down", "work") == "not connected: work\n"


def test_json_verbs(bus):
    """up and down print the status with --json, nothing with -q"""
    assert bus.json("up", "work")["state"] == "connected"
    assert bus.json("down", "work")["state"] == "disconnected"
    assert bus.ok("up", "-q", "work") == ""
    assert bus.ok("-q", "down", "work") == ""


def test_up_failed(bus):
    """4 with one line of cause and one of remedy"""
    bus.add("refused", "refused.test")
    done = bus.fails(4, "up", "refused")
    assert done.stderr == ("error: tunnel: 192.0.2.1 refused: no resources\n"
                           "hint: Ask its administrator.\n"), done
    error = bus.json("status", "refused")["last_error"]
    assert error == {"name": "org.l2tp.Error.TunnelRefused",
                     "message": "tunnel: 192.0.2.1 refused: no resources",
                     "remedy": "Ask its administrator."}
    bus.fails(4, "up", "refused")
    done = bus.fails(4, "up", "refused", "--json")
    assert json.loads(done.stdout)["state"] == "failed"


def test_auth_failed(bus):
    """5 when the LNS rejects the user or there is no password"""
    bus.add("auth", "auth.test")
    assert "rejected" in bus.fails(5, "up", "auth").stderr
    bus.add("nosecret", "nosecret.test")
    assert "a password is needed" in bus.fails(5, "up", "nosecret").stderr


def test_denied(bus):
    """7 when the service or the bus refuses"""
    bus.add("denied", "denied.test")
    done = bus.fails(7, "up", "denied")
    assert done.stderr == "error: You may not use this connection\nhint: Ask for it.\n", done
    bus.add("policy", "policy.test")
    done = bus.fails(7, "up", "policy")
    assert "not authorised" in done.stderr and "matched rules" not in done.stderr, done


def test_escapes(bus):
    """control characters of the peer never reach the terminal"""
    bus.add("escape", "escape.test")
    done = bus.fails(4, "up", "escape")
    assert "hello" in done.stderr and not CONTROL.search(done.stderr), done
    assert len(done.stderr.splitlines()) == 2, done
    for args in (["status", "escape"], ["list"], ["status", "escape", "--json"]):
        assert not CONTROL.search(bus.ok(*args)), args
    output, status = run_on_terminal(bus.env, "up", "escape")
    assert status == 4 and "\x1b[2J" not in output and "\x1b]" not in output, output
    assert "\x9b" not in output and "\x07" not in output, output


def test_retry(bus):
    """an attempt that the service repeats is reported and waited out"""
    bus.add("again", "retry.test")
    done = bus.run("up", "again")
    assert done.returncode == 0 and "trying again" in done.stderr, done
    assert done.stdout.splitlines()[-1].startswith("connected: ppp0"), done
    bus.ok("delete", "again")


def test_timeout(bus):
    """3 when the time is over; the attempt goes on and can be joined"""
    done = bus.fails(3, "up", "workshop", "-w", "1")
    assert "l2tp-client down workshop" in done.stderr and "tunnel" in done.stderr, done
    assert bus.json("status", "workshop")["state"] == "connecting"
    done = bus.fails(3, "up", "workshop", "-w", "1")
    assert "already" in done.stderr, done
    bus.ok("down", "workshop")


def test_no_wait(bus):
    """-w 0 returns at once, up and down"""
    assert bus.ok("up", "-w", "0", "workshop") == "connecting: workshop\n"
    assert bus.json("status", "workshop")["phase"] in ("resolve", "tunnel")
    assert bus.ok("down", "-w", "0", "workshop") == "disconnecting: workshop\n"
    bus.wait_for("workshop", "disconnected")


def test_interrupt(bus):
    """Ctrl-C detaches and says how to stop the attempt"""
    for number in (signal.SIGINT, signal.SIGTERM):
        process = bus.popen("up", "workshop")
        assert process.stdout.readline().startswith("resolve ")
        process.send_signal(number)
        _, errors = process.communicate(timeout=TIMEOUT)
        assert process.returncode == 128 + number, process.returncode
        assert "l2tp-client down workshop" in errors, errors
        assert bus.json("status", "workshop")["state"] == "connecting"
        bus.ok("down", "workshop")


def test_taken_down(bus):
    """4 when somebody else takes the connection down meanwhile"""
    process = bus.popen("up", "workshop")
    process.stdout.readline()
    bus.ok("down", "workshop")
    _, errors = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 4 and "taken down" in errors, errors


def test_deleted(bus):
    """6 when it is deleted meanwhile"""
    bus.add("deleted", "deleted.test")
    assert "deleted meanwhile" in bus.fails(6, "up", "deleted").stderr


def test_terminal(bus):
    """a terminal gets colour and live stages; NO_COLOR and --color are heard"""
    output, status = run_on_terminal(bus.env, "up", "work")
    assert status == 0 and "✓" in output and "\x1b[32mconnected\x1b[0m" in output, output
    plain = dict(bus.env, NO_COLOR="1")
    assert "\x1b[" not in run_on_terminal(plain, "list")[0]
    assert "\x1b[" not in run_on_terminal(bus.env, "list", "--color=never")[0]
    assert "\x1b[1mNAME" in bus.ok("--color=always", "list")
    bus.ok("down", "work")


def test_completion(bus):
    """completion lists live names and option keys, no secrets"""
    assert bus.ok("complete", "names").splitlines()[:2] == ["work", "workshop"]
    keys = bus.ok("complete", "keys").splitlines()
    assert "gateway=" in keys and "password=" not in keys and "name=" not in keys
    assert "--password-file" in bus.ok("complete", "secret-files").splitlines()


def test_delete(bus):
    """delete removes, and prints what"""
    uuid = bus.json("status", "refused")["uuid"]
    assert bus.json("delete", "refused") == {"name": "refused", "uuid": uuid}
    assert bus.ok("delete", "workshop") == "deleted: workshop\n"
    assert "workshop" not in bus.ok("list")


def test_vanish(bus):
    """8 when the service dies meanwhile"""
    bus.add("vanish", "vanish.test")
    assert "gone away" in bus.fails(8, "up", "vanish").stderr


if __name__ == "__main__":
    sys.exit(private_bus.run_tests(globals()))
