#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""House rules that a script can check: lint.py SOURCE-DIR BUILD-DIR. Prints TAP.

Floors: no #include points upward. Purity: what libl2tp-proto.a may call. Budgets: length of files
and functions. Calls that have no place in a service. Handing over: no member is forgotten."""

import re
import subprocess
import sys
from pathlib import Path

SOURCE, BUILD = Path(sys.argv[1]), Path(sys.argv[2])

# A floor, by the start of the path, and the floors it may include besides itself.
FLOORS = {
    "dbus": [],
    "service/base": ["dbus"],
    "service/proto": ["service/base/l2tp-error"],
    "service/io": ["service/proto", "service/base", "dbus"],
    "service/ipsec": ["service/io", "service/proto", "service/base", "dbus"],
    "service/ppp": ["service/io", "service/proto", "service/base", "dbus"],
    "service/ip": ["service/io", "service/proto", "service/base", "dbus"],
    "service/l2tp-bus": ["service", "dbus"],
    "service/l2tp-authority": ["service/base", "dbus"],
    "service/l2tp-caller": ["service/base", "dbus"],
    "service/main": ["service", "dbus"],
    "service/l2tp-sandbox": ["service/base"],
    "service": ["service/ppp", "service/ipsec", "service/ip", "service/io", "service/proto",
                "service/base", "dbus"],
    "cli": ["dbus"],
    "nm-plugin": ["dbus"],
}
BUS_FILES = re.compile(r"service/l2tp-(bus|authority|caller)")
FILE_LINES, FUNCTION_LINES = 800, 80  # the hard limits; 600 and 45 are what to aim at
BANNED = ("system", "popen", "sleep", "usleep", "sprintf", "strcpy", "strcat", "atoi", "getaddrinfo",
          "waitpid", "gets")
BANNED_CALL = re.compile(r"(?<![\w.>])(?:" + "|".join(BANNED) + r"|\w+_sync)\s*\(")
# What the engine may ask of the C library and of GLib: octets and containers.
PURE_LIBC = re.compile(r"^(mem\w+|str\w+|explicit_bzero|__stack_chk_fail|__asan_\w+|__ubsan_\w+|"
                       r"_GLOBAL_OFFSET_TABLE_|__\w+_chk|__sanitizer_\w+|__tsan_\w+)$")
IMPURE_GLIB = re.compile(r"^g_(log|print|warn|get_(monotonic|real)_time|random|rand_new$|main_|source_|"
                         r"timeout_|idle_|file_|spawn_|thread_|io_|unix_|usleep|getenv|date_time_new_now)")

# What goes from one process to the next: structs, the file that writes and reads them, and those
# members that do not go along.
PROTO = "service/proto/l2tp-"
HANDED_OVER = [
    (PROTO + "tunnel-private.h", "struct _L2tpTunnel", PROTO + "tunnel-state.c", {
        "host_name", "vendor_name", "firmware", "secret", "hello_interval", "no_sessions_timeout",
        "hide_avps", "random",  # of the importer's options and entropy
        "events", "trace", "first_trace", "n_traces",  # drained before
        "guard_at", "linger_until"}),  # not of an established tunnel
    (PROTO + "tunnel-private.h", "L2tpSession", PROTO + "tunnel-state.c", {
        "tunnel",
        "result"}),  # not of a session that has not ended
    (PROTO + "tunnel.h", "L2tpSessionConfig", PROTO + "tunnel-state.c", {
        "calling_number", "called_number"}),  # the ICRQ is on its way
    (PROTO + "channel.c", "struct _L2tpChannel", PROTO + "channel.c", {
        "schedule",
        "last"}),  # not of an established tunnel
    (PROTO + "channel.c", "Outgoing", PROTO + "channel.c", set()),
    (PROTO + "channel.h", "L2tpChannelStatistics", PROTO + "channel.c", set()),
    (PROTO + "window.h", "L2tpWindow", PROTO + "channel.c", set()),
    ("service/l2tp-handover.h", "L2tpHandover", "service/l2tp-handover.c", set()),
    ("service/l2tp-state.h", "L2tpState", "service/l2tp-state.c", set()),
]
WRITES, READS = re.compile(r"export|_write$"), re.compile(r"import|_adopt$|^adopt_|^put_|^from_dict$")


def c_files():
    for top in ("dbus", "service", "cli", "nm-plugin"):
        for path in sorted((SOURCE / top).rglob("*.[ch]")):
            yield path.relative_to(SOURCE).as_posix(), path.read_text(encoding="utf-8")


def code_of(text):
    """The text without comments and strings, lines kept."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group())
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', blank, text, flags=re.S)


def floor_of(path):
    return max((floor for floor in FLOORS if path.startswith(floor)), key=len)


def include_target(path, include):
    if (SOURCE / include).exists():
        return include
    beside = (Path(path).parent / include).as_posix()
    return beside if (SOURCE / beside).exists() else None


def check_floors():
    for path, text in c_files():
        floor = floor_of(path)
        for include in re.findall(r'^#include "(.+)"', text, re.M):
            target = include_target(path, include)
            if not target or target.startswith("dbus/l2tp-dbus"):
                continue
            allowed = [floor, *FLOORS[floor]]
            below = any(target.startswith(entry) for entry in allowed)
            if not below or (floor == "service" and BUS_FILES.match(target)):
                yield f"{path} includes {target}, which is not below it"


def check_purity():
    library = BUILD / "service/proto/libl2tp-proto.a"
    names = subprocess.run(["nm", library], text=True, capture_output=True, check=True).stdout
    defined = set(re.findall(r" [TtDdBbRrVvWwC] (\S+)", names))
    wanted = set(re.findall(r" U (\S+)", names)) - defined
    if not wanted:
        yield "libl2tp-proto.a calls nothing at all: was it built?"
    for name in sorted(wanted):
        pure = PURE_LIBC.match(name) or (name.startswith("g_") and not IMPURE_GLIB.match(name)) \
            or name in ("l2tp_error_quark",)
        if not pure:
            yield f"libl2tp-proto.a calls {name}"


def functions_of(text):
    """(name, first line, last line, waived) of each function; GNU layout puts braces in column 0."""
    lines = code_of(text).splitlines()
    start = None
    for number, line in enumerate(lines):
        if line == "{" and number and not re.match(r"(typedef|struct|enum|union|static const)",
                                                   lines[number - 1]):
            start = number
        elif line == "}" and start is not None:
            head = next((lines[i] for i in range(start - 1, max(start - 12, -1), -1)
                         if re.match(r"\w+ \(", lines[i])), lines[start - 1])
            waived = "/* long:" in "\n".join(text.splitlines()[start:number])
            yield head.split(" (")[0], start + 1, number + 1, waived
            start = None


def check_budgets():
    for path, text in c_files():
        lines = text.count("\n")
        if lines > FILE_LINES:
            yield f"{path} has {lines} lines, more than {FILE_LINES}"
        for name, first, last, waived in functions_of(text):
            if last - first + 1 > FUNCTION_LINES and not waived:
                yield f"{path}:{first}: {name} has {last - first + 1} lines"


def check_banned():
    for path, text in c_files():
        in_service = path.startswith("service/") and "/plugin/" not in path
        for number, line in enumerate(code_of(text).splitlines(), 1):
            if re.search(r"\bgoto\b", line):
                yield f"{path}:{number}: goto"
            if in_service and (match := BANNED_CALL.search(line)):
                yield f"{path}:{number}: {match.group()}"


def check_headers():
    for path, text in c_files():
        if text.splitlines()[0] != "/* SPDX-License-Identifier: GPL-2.0-or-later */":
            yield f"{path} has no SPDX header"


def check_secret_format():
    """A secret is peeked at in few places, and never beside a format."""
    for path, text in c_files():
        for number, line in enumerate(text.splitlines(), 1):
            if "l2tp_secret_peek" in line and re.search(r"printf|l2tp_(debug|info|warning)", line):
                yield f"{path}:{number}: formats a secret"


def members_of(text, struct):
    text = code_of(text)
    if struct.startswith("struct "):
        body = re.search(re.escape(struct) + r"\n{\n(.*?)\n}", text, re.S)
    else:
        body = re.search(r"typedef struct\n{\n([^{}]*)\n} " + struct + ";", text, re.S)
    declared = " ".join(body[1].split()) if body else ""
    return {name for one in declared.split(";") if one.strip()
            for name in re.findall(r"(\w+)(?:\[\w+\])?(?:,|$)", one.strip())}


def mentions(path, which):
    """The members that the functions that write, or read, lay their hands on."""
    text = (SOURCE / path).read_text(encoding="utf-8")
    lines = code_of(text).splitlines()
    return {name for function, first, last, _ in functions_of(text) if which.search(function)
            for name in re.findall(r"(?:->|\.)(\w+)", "\n".join(lines[first:last]))}


def check_handed_over():
    for header, struct, path, not_so in HANDED_OVER:
        members = members_of((SOURCE / header).read_text(encoding="utf-8"), struct)
        if not members:
            yield f"{header}: no {struct}"
        for name in sorted(not_so - members):
            yield f"{header}: {struct} has no {name}"
        for what, which in ("writes", WRITES), ("reads", READS):
            for name in sorted(members - not_so - mentions(path, which)):
                yield f"{path} never {what} {struct}'s {name}"


def main():
    checks = [value for name, value in globals().items() if name.startswith("check_")]
    print(f"1..{len(checks)}")
    failed = False
    for number, check in enumerate(checks, 1):
        faults = list(check())
        failed |= bool(faults)
        print(f"{'not ok' if faults else 'ok'} {number} {check.__name__[6:]}")
        for fault in faults:
            print(f"# {fault}")
    return 1 if failed else 0


sys.exit(main())
