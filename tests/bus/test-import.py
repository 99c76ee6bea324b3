#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors
"""import and export against a stand-in service on a private bus. Speaks TAP. What becomes of which
line of which format is ../unit/test-import.c's business.

Environment: that of private_bus.py.
"""

import json
import os
import pathlib
import re
import stat
import sys
import tempfile

import private_bus
from private_bus import XML

VECTORS = pathlib.Path(XML, "../tests/vectors/import")
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
SECRETS = ("s3cret", "sc2VjcmV0", "hunter2", "opensesame", "plainpsk")


def vector(name):
    return str(VECTORS / name)


def report(bus, *args, **kwargs):
    return json.loads(bus.ok("import", "--json", *args, **kwargs))


def test_dry_run(bus):
    """--dry-run prints what add takes and needs no service"""
    bus.stop_service()
    done = bus.run("import", "--dry-run", vector("nm-export-1.20.conf"))
    assert done.returncode == 0, done
    lines = done.stdout.splitlines()
    assert lines[0] == "# Head office" and "ipsec-psk=(a secret)" in lines, done
    assert "warning: Head office: route 192.168.7.0/24: " in done.stderr, done
    quiet = bus.run("import", "-q", "--dry-run", vector("nm-export-1.20.conf"))
    assert (quiet.stdout, quiet.stderr) == (done.stdout, ""), quiet
    bus.start()
    arguments = [line for line in lines[1:] if "(a secret)" not in line]
    bus.ok("add", "by hand", *arguments)
    assert "'routes': '10.0.0.0/8,192.168.7.0/24'" in bus.added()


def test_import(bus):
    """import adds settings and secrets and says what it added"""
    out = bus.ok("import", vector("nm-kde.nmconnection"))
    assert "# KDE\n" in out and re.search(f"^added: KDE, {UUID}$", out, re.M), out
    sent = bus.added()
    for pair in ("'name': 'KDE'", "'gateway': 'lns.example.net'", "'require-mppe-128': 'yes'",
                 r"'password': 'pass\\word with space'", "'ipsec-psk': 'plainpsk'"):
        assert pair in sent, sent
    assert bus.json("status", "KDE")["gateway"] == "lns.example.net"


def test_no_secret_shown(bus):
    """no secret is ever printed"""
    for path in sorted(VECTORS.iterdir()):
        for options in (["--dry-run"], ["--dry-run", "--json"]):
            done = bus.run("import", *options, str(path)) if path.is_file() else None
            assert not done or not any(s in done.stdout + done.stderr for s in SECRETS), done


def test_several(bus):
    """every [lac] is a connection; one that the service refuses keeps no other back"""
    bus.add("Office", "ok.test")
    bus.added()
    done = bus.fails(1, "import", vector("xl2tpd-several.conf"))
    assert "“Office” is taken" in done.stderr, done
    sent = bus.added() + bus.added()
    assert "'name': 'isp'" in sent and "'name': 'third'" in sent, sent
    # What the file names beside itself has been read, and nothing else of that path.
    assert "'user': 'EXAMPLE\\\\ann'" in sent, sent
    for name in ("isp", "third", "Office"):
        bus.ok("delete", name)


def test_openl2tp(bus):
    """openl2tpd.conf, with JSON"""
    added = report(bus, vector("openl2tpd-simple.conf"))
    assert [list(c) for c in added] == [["name", "uuid", "settings", "secrets", "notes"]], added
    assert added[0]["name"] == "isp" and re.fullmatch(UUID, added[0]["uuid"]), added
    assert added[0]["secrets"] == ["password"] and added[0]["settings"]["refuse-eap"] == "yes"
    assert "'password': 's3cret'" in bus.added()
    assert report(bus, "--dry-run", vector("openl2tpd-simple.conf"))[0]["uuid"] is None
    bus.ok("delete", "isp")


def test_json_documented(bus):
    """the man page names every key"""
    page = pathlib.Path(XML, "../data/l2tp-client.1").read_text()
    section = page.split(".SH JSON")[1].split(".SH EXAMPLES")[0]
    for key in report(bus, "--dry-run", vector("openl2tpd-simple.conf"))[0]:
        assert re.search(rf"\b{key}\b", section), key


def test_origin(bus):
    """--shared and the like as for add; what was not for all users becomes private"""
    plain, some = vector("nm-kde.nmconnection"), vector("nm-gnome.nmconnection")
    for path, args, expected in ((plain, [], "{}"), (plain, ["--private"], "{'private': True}"),
                                 (some, [], "{'private': True}"),
                                 (some, ["--shared"], "{'private': False}"),
                                 (plain, ["--temporary"], "{'persist': 'memory'}")):
        bus.ok("import", "--name", "mine", *args, path)
        sent = bus.added()
        assert sent.endswith(f" {expected}\n"), (args, sent)
        bus.ok("delete", "mine")
    assert "permissions: NetworkManager has it for ann; " in bus.run("import", "--dry-run", some).stderr
    bus.fails(2, "import", "--private", "--shared", plain)


def test_authorization(bus):
    """a person is asked where polkit wants it, but not with --no-ask"""
    text = "[vpn]\ngateway=strict.test\n"
    assert "typing a password" in bus.fails(7, "import", "--no-ask", "-", stdin=text).stderr
    bus.ok("import", "--name", "strict", "-", stdin=text)
    assert bus.added() == "AUTHORIZED\n" and "strict.test" in bus.added()
    bus.fails(7, "export", "--no-ask", "strict")
    assert "gateway=strict.test\n" in bus.ok("export", "strict")
    assert bus.added() == "AUTHORIZED\n"
    bus.ok("delete", "strict")


def test_names_and_secrets(bus):
    """--name and secrets from files, for one connection"""
    bus.ok("import", "--name", "mine", "--password-file", "-", vector("nm-gnome.nmconnection"),
           stdin="hunter2\n")
    sent = bus.added()
    assert "'name': 'mine'" in sent and "'password': 'hunter2'" in sent, sent
    assert "password-flags" not in sent and "'ipsec-psk-flags': '1'" in sent, sent
    bus.ok("delete", "mine")
    for args in (["--name", "x"], ["--password-file", "/dev/null"]):
        done = bus.fails(2, "import", *args, vector("xl2tpd-several.conf"))
        assert "these are 3 connections" in done.stderr, done


def test_chap_secrets(bus):
    """the password is looked up only in the file that the user names"""
    path = vector("xl2tpd-several.conf")
    secrets = [c["secrets"] for c in report(bus, "--dry-run", path)]
    assert not any("password" in keys for keys in secrets), secrets
    found = report(bus, "--dry-run", "--chap-secrets", vector("files/chap-secrets"), path)
    assert [("password" in c["secrets"]) for c in found] == [True, False, True], found


def test_stdin(bus):
    """FILE - is standard input, once"""
    text = pathlib.Path(vector("nm-export-plain.conf")).read_text()
    assert "# ISP\n" in bus.ok("import", "--dry-run", "-", stdin=text)
    for args in (["-", "-"], ["-", "--password-file", "-"], ["-", "--chap-secrets", "-"]):
        assert "standard input" in bus.fails(2, "import", *args, stdin=text).stderr, args


def test_mistakes(bus):
    """a wrong command line is 2, a file that is no such thing 1, and nothing is added"""
    good = vector("nm-export-plain.conf")
    assert "too few arguments: import FILE…" in bus.fails(2, "import").stderr
    assert "openl2tp" in bus.fails(2, "import", "--format", "ini", good).stderr
    bus.fails(2, "import", "--name", "", good)
    assert "No such file" in bus.fails(1, "import", good, "/nonexistent").stderr
    with tempfile.NamedTemporaryFile("w") as file:
        file.write("[lac a]\nlns=192.0.2.1\npppoptfile=/dev/zero\n")
        file.flush()
        assert "/dev/zero: not read: " in bus.run("import", "--dry-run", file.name).stderr
    assert "NUL" in bus.fails(1, "import", "-", stdin="[vpn]\0").stderr
    assert "File too large" in bus.fails(1, "import", "/dev/zero").stderr
    done = bus.fails(1, "import", good, vector("none-ipsec.conf"))
    assert all(word in done.stderr for word in ("none-ipsec.conf", "[vpn]", "xl2tpd.conf",
                                                "openl2tpd.conf")), done
    assert "l2tp-client" not in bus.fails(1, "import", "--format", "xl2tpd", good).stdout
    done = bus.fails(1, "import", vector("nm-control-character.conf"))
    assert "gateway is missing" in done.stderr and "added" not in done.stdout, done
    assert not any(c["name"] in ("ISP", "imported") for c in bus.json("list"))


def test_export(bus):
    """export prints what import takes back, without secrets, and says what NetworkManager loses"""
    bus.ok("add", "ours", "gateway=ok.test", "port=1702", "refuse-pap=yes", "mtu=1300",
           "default-route=yes", "ip-config=service", "--password-file", "-", stdin="hunter2")
    bus.added()
    done = bus.run("export", "ours")
    assert done.returncode == 0 and done.stderr == \
        "warning: port: NetworkManager-l2tp has no such key\n", done
    assert done.stdout.startswith("#org.freedesktop.NetworkManager.l2tp\n[connection]\nid=ours\n")
    assert "hunter2" not in done.stdout
    back = report(bus, "--dry-run", "-", stdin=done.stdout)[0]
    assert back["name"] == "ours" and back["settings"] == {
        "gateway": "ok.test", "port": "1702", "refuse-pap": "yes", "mtu": "1300",
        "default-route": "yes", "ip-config": "service"}, back
    bus.fails(6, "export", "nix")
    bus.fails(2, "export")


def test_export_file(bus):
    """a file is for its owner, and overwritten only with --force"""
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory, "ours (l2tp).conf")
        assert bus.ok("export", "ours", "--output", str(path)) == ""
        text = path.read_text()
        assert text == bus.ok("export", "ours") and stat.S_IMODE(path.stat().st_mode) == 0o600
        path.write_text("mine")
        path.chmod(0o644)
        assert "--force" in bus.fails(1, "export", "ours", "-o", str(path)).stderr
        assert path.read_text() == "mine"
        bus.ok("export", "ours", "-o", str(path), "--force")
        assert path.read_text() == text and stat.S_IMODE(path.stat().st_mode) == 0o600
        assert os.listdir(directory) == [path.name]
    bus.fails(1, "export", "ours", "-o", "/nonexistent/file")


if __name__ == "__main__":
    sys.exit(private_bus.run_tests(globals()))
