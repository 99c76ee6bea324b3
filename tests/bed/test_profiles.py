# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""Profiles on the disk: the administrator's and the service's, and what becomes of them."""

import os
import signal
from pathlib import Path

import pytest

from bed import LNS, run, wait_for
from caller import MANAGER, Caller
from polkit import add_user
from service import Service, call, cli, status
from test_connect import add
from test_failures import AUTH_FAILED

ADMIN, OWN = Path("/etc/l2tp-client/connections"), Path("/var/lib/l2tp-client/connections")
NOT_FOUND = 6
FAILED = "org.l2tp.Error.Failed"
RELOADED = "settings and profiles are read again"


def text_of(*lines, password="s3cret"):
    return "\n".join(["[connection]", f"gateway={LNS}", "user=alice", *lines, "",
                      "[secrets]", f"password={password}", ""])


def write(name, text, directory=ADMIN, mode=0o600):
    """As an editor does that knows how: nothing half is ever there."""
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)
    new = directory / f".{name}.new"
    new.write_text(text, encoding="utf-8")
    new.chmod(mode)
    return new.rename(directory / f"{name}.conf")


def names(bed):
    return sorted(cli(bed, "list", "-t", "-f", "name", check=True).stdout.split())


def wait_for_names(bed, *expected):
    wait_for(lambda: names(bed) == sorted(expected), 10, f"connections {expected}")


def setting(bed, name, key):
    done = cli(bed, "show", name, "-t", "-f", key, check=True)
    return done.stdout.strip().partition(":")[2]


def file_of(bed, name):
    return Path(setting(bed, name, "filename"))


def reload(service):
    """By SIGHUP; returns what the service says from there on."""
    before = len(service.log)
    service.signal(signal.SIGHUP)
    wait_for(lambda: RELOADED in service.log[before:], 10, "the reload")
    return service.log[before:]


@pytest.fixture
def root(service):
    with Caller() as caller:
        caller.path = lambda name: caller.call(MANAGER, "FindByName", name, {})[0]
        yield caller


def test_administrators(bed, lns):
    """Those that are there at the start; new, changed, renamed and removed ones while it runs."""
    write("work", text_of())
    write("named", text_of("name=Büro", "uuid=11111111-2222-4333-8444-555555555555"))
    service = Service(bed)
    assert names(bed) == ["Büro", "work"]
    assert setting(bed, "Büro", "uuid") == "11111111-2222-4333-8444-555555555555"
    assert setting(bed, "work", "source") == "disk" and setting(bed, "work", "owner") == ""
    uuid = setting(bed, "work", "uuid")
    cli(bed, "up", "work", check=True)
    bed.ping(lns.address)
    cli(bed, "down", "work", check=True)

    write("more", text_of("mtu=1300"))
    wait_for_names(bed, "Büro", "work", "more")
    assert setting(bed, "more", "mtu") == "1300"
    write("more", text_of("mtu=1200"))
    wait_for(lambda: setting(bed, "more", "mtu") == "1200", 10, "the change")
    (ADMIN / "named.conf").rename(ADMIN / "other.conf")
    wait_for(lambda: file_of(bed, "Büro") == ADMIN / "other.conf", 10, "the new file name")
    (ADMIN / "more.conf").unlink()
    wait_for_names(bed, "Büro", "work")
    service.stop()
    Service(bed)
    assert setting(bed, "work", "uuid") == uuid  # made of the file's name


def test_removed_while_connected(bed, lns):
    """The file's end is the connection's."""
    write("work", text_of())
    service = Service(bed)
    cli(bed, "up", "work", check=True)
    (ADMIN / "work.conf").unlink()
    wait_for_names(bed)
    bed.assert_nothing_left(service)


def test_renamed_while_connected(bed, lns):
    """With a UUID in it, a file may be called anything at any time."""
    write("work", text_of("name=work", "uuid=11111111-2222-4333-8444-555555555555"))
    Service(bed)
    cli(bed, "up", "work", check=True)
    old = status(bed, "work")
    (ADMIN / "work.conf").rename(ADMIN / "other.conf")
    wait_for(lambda: file_of(bed, "work") == ADMIN / "other.conf", 10, "the new file name")
    assert status(bed, "work")["session_id"] == old["session_id"]
    bed.ping(lns.address)


BROKEN = {
    "key": (text_of("colour=red"), 0o600, ":4: colour: unknown option"),
    "value": (text_of("mtu=9"), 0o600, ":4: mtu: "),
    "twice": (text_of("user=bob"), 0o600, ":4: user: stands in line 3 already"),
    "group": (text_of() + "[pppd]\nplugin=/tmp/x.so\n", 0o600, ":7: [pppd]: unknown group"),
    "secret": (text_of("password=x"), 0o600, ":4: password: is a secret"),
    "user": (text_of() + "[permissions]\nuser=nobody-known\n", 0o600, ":8: user: there is no user"),
    "line": (text_of("what is this"), 0o600, ":4: the line "),
    "gateway": ("[connection]\nuser=alice\n", 0o600, ": gateway"),
    "binary": ("[connection]\ngateway=a\0b\n", 0o600, ": "),
    "open": (text_of(), 0o644, ": is open to other users, its mode is 0644"),
    "large": (text_of() + "#" * 70000, 0o600, ": is larger than 64 KiB"),
}


def test_broken(bed):
    """Refused with file, line, key and remedy; the others are there."""
    for name, (text, mode, _) in BROKEN.items():
        write(name, text, mode=mode)
    os.chown(write("foreign", text_of()), 1234, 0)
    (ADMIN / "link.conf").symlink_to(ADMIN / "open.conf")
    (ADMIN / "folder.conf").mkdir()
    os.mkfifo(ADMIN / "fifo.conf", 0o600)
    write("work", text_of())
    write("work2", text_of("name=work"))
    service = Service(bed)
    assert names(bed) == ["work"]
    expected = {name: words for name, (_, _, words) in BROKEN.items()}
    expected |= {"foreign": ": belongs to the user 1234", "link": ": is a symbolic link",
                 "folder": ": is not a regular file", "fifo": ": is not a regular file",
                 "work2": f": name: “work” is taken by {ADMIN / 'work.conf'}"}
    for name, words in expected.items():
        assert f"{ADMIN / name}.conf{words}" in service.log, (name, service.log)
        line = next(line for line in service.log.splitlines() if f"/{name}.conf{words}" in line)
        assert "s3cret" not in line
    said = reload(service)  # again, because somebody wants to know
    assert all(f"{ADMIN / name}.conf{words}" in said for name, words in expected.items())
    assert names(bed) == ["work"]


def test_broken_later(bed, lns):
    """What was good stays until it is good again, a call that is up all the more."""
    write("work", text_of())
    service = Service(bed)
    cli(bed, "up", "work", check=True)
    old = status(bed, "work")
    write("work", text_of("mtu=9"))
    service.wait_for_log(f"{ADMIN / 'work.conf'}:4: mtu: ")
    service.wait_for_log("Until then its earlier content is used.")
    assert status(bed, "work")["session_id"] == old["session_id"]
    cli(bed, "down", "work", check=True)
    cli(bed, "up", "work", check=True)
    write("work", text_of("mtu=1300"))
    wait_for(lambda: setting(bed, "work", "mtu") == "1300", 10, "the good one")


def test_open_directory(bed):
    """A directory that others may write to is not trusted, and its files stay where they are."""
    write("work", text_of())
    ADMIN.chmod(0o777)
    service = Service(bed)
    assert names(bed) == []
    assert f"{ADMIN}: other users may write there" in service.log
    ADMIN.chmod(0o700)
    reload(service)
    assert names(bed) == ["work"]
    ADMIN.chmod(0o777)
    reload(service)
    assert names(bed) == ["work"]


def test_reload_by_the_bus(bed, root):
    """Returns when all is read; root needs no inotify for it."""
    write("work", text_of())
    root.call(MANAGER, "Reload", {})
    assert names(bed) == ["work"]
    write("work", text_of("mtu=1300"))
    root.call(MANAGER, "Reload", {})
    assert setting(bed, "work", "mtu") == "1300"
    (ADMIN / "work.conf").unlink()
    root.call(MANAGER, "Reload", {})
    assert names(bed) == []


def test_restart(bed, lns, service):
    """Connections, UUIDs, owners and the secrets that may be kept are there again."""
    add_user("alice", 1234)
    add(bed)
    add(bed, "asked", "password-flags=2")
    add(bed, "agents", "password-flags=1")
    add(bed, "short", "--temporary")
    uuids = {name: setting(bed, name, "uuid") for name in ("work", "asked", "agents")}
    files = {name: file_of(bed, name) for name in uuids}
    assert setting(bed, "short", "filename") == "" and setting(bed, "short", "source") == "memory"
    assert sorted(OWN.iterdir()) == sorted(files.values())
    assert "s3cret" in files["work"].read_text()
    for name in ("asked", "agents"):
        assert "s3cret" not in files[name].read_text()
        cli(bed, "up", name, check=True)  # used as long as the service lives
        cli(bed, "down", name, check=True)
    service.stop()
    Service(bed)
    assert names(bed) == sorted(uuids)
    for name, uuid in uuids.items():
        assert setting(bed, name, "uuid") == uuid and file_of(bed, name) == files[name]
    cli(bed, "up", "work", check=True)
    for name in ("asked", "agents"):
        assert cli(bed, "up", name).rc == AUTH_FAILED


def test_files(bed, root):
    """0600 in 0700, root's; written as a whole in the place of the old one."""
    for part in (OWN, OWN.parent):
        run("rm", "-rf", part)
    add(bed)
    file = file_of(bed, "work")
    assert OWN.stat().st_mode & 0o777 == 0o700 and OWN.stat().st_uid == 0
    for change in range(3):
        old_text, inode = file.read_text(), file.stat().st_ino
        with open(file, encoding="utf-8") as old:
            cli(bed, "edit", "work", f"mtu={1300 + change}", check=True)
            assert old.read() == old_text and file.stat().st_ino != inode
        assert f"mtu={1300 + change}\n" in file.read_text() and "s3cret" in file.read_text()
        assert file.stat().st_mode & 0o7777 == 0o600 and file.stat().st_uid == 0
        assert list(OWN.iterdir()) == [file]


def test_half_written(bed):
    """What a write that was cut short has left goes with the next start."""
    left = write("x", text_of(), directory=OWN).rename(OWN / ".x.conf.tmp")
    Service(bed)
    assert names(bed) == [] and not left.exists()


def test_update_and_secrets(bed, root):
    """Ours: on the disk and on the bus alike. A secret that is not named stays."""
    add(bed, "work", "mtu=1300")
    path, file = root.path("work"), file_of(bed, "work")
    given = {"name": "office", "gateway": LNS, "user": "alice"}
    root.call(path, "Update", given, {}, {})
    assert "mtu" not in root.call(path, "GetSettings", {}) and "mtu" not in file.read_text()
    assert "name=office\n" in file.read_text() and "password=s3cret\n" in file.read_text()
    root.call(path, "SetSecrets", {"password": "other", "tunnel-secret": "t"}, {})
    assert "password=other\n" in file.read_text() and "tunnel-secret=t\n" in file.read_text()
    root.call(path, "SetSecrets", {"password": ""}, {})
    assert "password" not in file.read_text() and "tunnel-secret=t\n" in file.read_text()
    root.call(path, "Update", given | {"password-flags": 2}, {"password": "third"}, {})
    assert "third" not in file.read_text() and "password-flags=2\n" in file.read_text()
    before = file.read_text()
    for wrong in ({"mtu": 9}, {"uuid": "11111111-2222-4333-8444-555555555555"}, {"name": ""}):
        assert root.try_call(path, "Update", given | wrong, {}, {}).error == \
            "org.l2tp.Error.InvalidSettings"
    assert file.read_text() == before
    root.call(path, "Delete", {})
    assert not file.exists() and names(bed) == []


def test_flags_taken_back(bed, lns, root):
    """A secret that is no longer to be kept is forgotten, in the file and by the service; one that is
    given nevertheless is known until the service ends."""
    add(bed)
    cli(bed, "edit", "work", "password-flags=1", check=True)
    assert "s3cret" not in file_of(bed, "work").read_text()
    missing = cli(bed, "up", "work")
    assert missing.rc == 5 and "password: is missing" in missing.stderr
    cli(bed, "edit", "work", "--password-file", "-", stdin="s3cret\n", check=True)
    assert "s3cret" not in file_of(bed, "work").read_text()
    reload(next(process for process in bed.processes if process.name == "service"))
    cli(bed, "up", "work", check=True)


def test_administrators_are_not_changed(bed, lns, root):
    """Update, SetSecrets and Delete say so, and change nothing in memory either."""
    file = write("work", text_of())
    before = file.read_text()
    wait_for_names(bed, "work")
    path = root.path("work")
    for method, args in (("Update", [{"name": "work", "gateway": "x"}, {}, {}]),
                         ("SetSecrets", [{"password": "other"}, {}]), ("Delete", [{}])):
        answer = root.try_call(path, method, *args)
        assert answer.error == FAILED and f"{file}: is the administrator's" in answer.text, answer
    for args in (("edit", "work", "mtu=1300"), ("delete", "work")):
        done = cli(bed, *args)
        assert done.rc == 1 and "administrator's" in done.stderr and "\nhint: " in done.stderr, done
    assert file.read_text() == before and setting(bed, "work", "gateway") == LNS
    cli(bed, "up", "work", check=True)


@pytest.fixture
def small_disk(bed):
    """A disk of a few pages for the service's own profiles, from before its start."""
    OWN.mkdir(parents=True)
    run("mount", "-t", "tmpfs", "-o", "size=16k,mode=0700", "tmpfs", OWN)
    yield OWN
    run("umount", "-l", OWN)


def fill(directory):
    with open(directory / "filler", "wb", buffering=0) as filler:
        try:
            while filler.write(b"x" * 4096):
                pass
        except OSError:
            return Path(filler.name)


def assert_disk_fails(bed, before):
    """Adding, changing and deleting fail with Failed; nothing is half there."""
    with Caller() as root:
        path = root.call(MANAGER, "FindByName", "work", {})[0]
        for answer in (
                root.try_call(MANAGER, "AddConnection", {"name": "new", "gateway": LNS}, {}, {}),
                root.try_call(path, "Update", {"name": "work", "gateway": "x"}, {}, {}),
                root.try_call(path, "SetSecrets", {"password": "other"}, {})):
            assert answer.error == FAILED and f"{OWN}/" in answer.text, answer
            assert "\n" in answer.text, answer  # with a remedy
    wait_for_names(bed, "work")
    done = cli(bed, "add", "new", f"gateway={LNS}")
    assert done.rc == 1 and "\nhint: " in done.stderr, done
    assert cli(bed, "show", "new").rc == NOT_FOUND
    assert setting(bed, "work", "gateway") == LNS and file_of(bed, "work").read_text() == before
    cli(bed, "up", "work", check=True)
    cli(bed, "down", "work", check=True)


def test_full_disk(bed, lns, small_disk, service):
    add(bed)
    before = file_of(bed, "work").read_text()
    filler = fill(small_disk)
    assert_disk_fails(bed, before)
    filler.unlink()
    cli(bed, "edit", "work", "mtu=1300", check=True)
    cli(bed, "delete", "work", check=True)
    assert list(small_disk.iterdir()) == []


def test_read_only_disk(bed, lns, small_disk, service):
    add(bed)
    before = file_of(bed, "work").read_text()
    run("mount", "-o", "remount,ro", small_disk)
    assert_disk_fails(bed, before)
    done = cli(bed, "delete", "work")
    assert done.rc == 1 and "ead-only" in done.stderr, done
    assert names(bed) == ["work"]
    run("mount", "-o", "remount,rw", small_disk)
    cli(bed, "delete", "work", check=True)


def test_autostart(bed, lns):
    """At the start of the service, and only then; what cannot start disturbs nobody."""
    write("one", text_of("autostart=yes"))
    write("two", text_of("autostart=no"))
    write("bare", f"[connection]\ngateway={LNS}\nuser=alice\nautostart=yes\n")
    service = Service(bed)
    wait_for(lambda: status(bed, "one")["state"] == "connected", 20, "connected")
    bed.ping(lns.address)
    assert status(bed, "two")["state"] == "disconnected"
    assert "password: is missing" in service.log
    write("three", text_of("autostart=yes"))
    wait_for_names(bed, "bare", "one", "three", "two")
    assert status(bed, "three")["state"] == "disconnected"


def test_a_call_keeps_its_settings(bed, lns, root):
    """Update while it is up: the next Connect has the new ones, this call the old, on the bus too."""
    add(bed, "work", "mtu=1300", "mru=1300", "persist=yes")
    cli(bed, "up", "work", check=True)
    old = status(bed, "work")
    done = cli(bed, "edit", "work", "mtu=1200", "mru=1200", "user=bob", "gateway=192.0.2.1",
               check=True)
    assert "the next “up” has the new ones" in done.stderr, done
    now = status(bed, "work")
    for key in ("session_id", "interface", "pppd_pid", "addresses"):
        assert now[key] == old[key], key
    for name in ("Mtu", "Mru"):
        assert "1300" in call(root.path("work"), "org.freedesktop.DBus.Properties.Get",
                              "org.l2tp.Session", name)
    assert "mtu 1300" in bed.exec("lac", "ip", "link", "show", old["interface"])
    os.kill(old["pppd_pid"], signal.SIGKILL)  # the repair is this call's
    wait_for(lambda: status(bed, "work")["state"] == "connected"
             and status(bed, "work")["pppd_pid"] != old["pppd_pid"], 15, "another pppd")
    bed.ping(lns.address)
    assert "mtu 1300" in bed.exec("lac", "ip", "link", "show", old["interface"])
    cli(bed, "down", "work", check=True)
    cli(bed, "edit", "work", "user=alice", f"gateway={LNS}", check=True)
    cli(bed, "up", "work", check=True)
    assert "mtu 1200" in bed.exec("lac", "ip", "link", "show", status(bed, "work")["interface"])
