# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""Time of “nmcli connection up”, from its start to its end: our plugin with a service that runs and
is idle, and Debian's network-manager-l2tp with xl2tpd, in turn, to the same xl2tpd as LNS.

NetworkManager reads a plugin's file once, so that each round has a NetworkManager of its own; the
first activation of each is not counted. Its dispatcher runs all the time: it ends after ten seconds
without work, and would be there for one client and not for the other. “floor” is what is not the
VPN's: nmcli, NetworkManager and our plugin with a service that says at once that it is connected,
over an interface that is there. “nmcli” alone is what the command costs by itself.

With --ipsec all of it is inside IPsec, IKEv1 with a pre-shared key: our service finds a strongSwan that
runs, theirs starts one by itself, each time, as it does. That is also unpacked, not installed.

Below the times is the processor's time of each program meanwhile: where nobody sleeps, and there is
one processor, as in User-Mode Linux, they are what the time is made of."""

import argparse
import os
import resource
import shutil
import statistics
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bed"))

import netns  # noqa: E402
from bed import LNS, Bed, Process, run, wait_for  # noqa: E402
from nm import NetworkManager, nmcli  # noqa: E402
from service import Service, start_bus  # noqa: E402
from strongswan import USUAL_SOCKET, Charon, lns_conf  # noqa: E402
from xl2tpd import Lns  # noqa: E402

NAME_FILE = Path("usr/lib/NetworkManager/VPN/nm-l2tp-service.name")
POLICY = "nm-l2tp-service.conf"
DISPATCHER = "/usr/lib/NetworkManager/nm-dispatcher"
STAND_IN = Path(__file__).resolve().parent.parent / "bus/stand_in.py"
XML = STAND_IN.parents[2] / "dbus"
LEAST = 0.005  # s
PSK = "s3cret-psk"


def install_theirs(theirs):
    """All but what has the name of a file of ours. Returns what its .name file says."""
    for part in filter(lambda part: (theirs / part).is_dir(), ("usr", "etc")):
        shutil.copytree(theirs / part, Path("/") / part, dirs_exist_ok=True, symlinks=True,
                        ignore=shutil.ignore_patterns(NAME_FILE.name, POLICY, "libnm-vpn-plugin-*"))
    return (theirs / NAME_FILE).read_text(encoding="utf-8")


def all_quiet(lns):
    wait_for(lambda: not lns.pppds() and not netns.processes("lac", "pppd")
             and not netns.processes("lac", "xl2tpd"), 30, "all quiet")


def spent():
    """The processor's seconds of all processes, by their number and name; nmcli's children are
    waited for here."""
    seconds = Counter({("", "nmcli"): sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])})
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, rest = path.read_text().split("(", 1)[1].rsplit(")", 1)
        except OSError:  # it has ended
            continue
        ticks = sum(map(int, rest.split()[11:13]))
        seconds[path.parent.name, name] = ticks / os.sysconf("SC_CLK_TCK")
    return seconds


def by_name(before, after):
    seconds = Counter()
    for process, now in after.items():
        seconds[process[1]] += now - before[process]
    return seconds


def add(nm, gateway, ipsec):
    if ipsec:
        nm.add(gateway=gateway, password=f"s3cret\nipsec-psk={PSK}",
               data=("ipsec-enabled=yes", "ipsec-psk-flags=0"))
    else:
        nm.add(gateway=gateway)


def one_round(bed, lns, name_file, gateway=LNS, ipsec=False):
    """Seconds until nmcli returns, and of each program."""
    (Path("/") / NAME_FILE).write_text(name_file, encoding="utf-8")
    nm = NetworkManager(bed, debug=False)
    add(nm, gateway, ipsec)
    for _ in range(2):
        before = spent()
        seconds = nm.up(check=True).seconds
        programs = by_name(before, spent())
        if gateway == LNS:
            bed.ping(lns.address)
        nm.down(check=True)
        all_quiet(lns)
    nm.stop()
    return seconds, programs


def nothing(bed):
    """nmcli, which has nothing to do."""
    begun = time.monotonic()
    nmcli(bed, "--version", check=True)
    return time.monotonic() - begun


def floor(bed, lns, name_file):
    """As one_round, with the stand-in of the service and a dummy for its interface."""
    stand_in = bed.start("stand-in", "lac", "/usr/bin/python3", STAND_IN, XML)
    stand_in.wait_for_log("READY")
    run("ip", "-n", "lac", "link", "add", "ppp0", "up", "type", "dummy")
    result = one_round(bed, lns, name_file, "swift.test")
    run("ip", "-n", "lac", "link", "del", "ppp0")
    stand_in.kill()
    return result


def ours_or_theirs(bed, lns, name, name_file, ipsec):
    """As one_round; ours has a strongSwan that runs, theirs starts one."""
    if not ipsec or name != "ours":
        return one_round(bed, lns, name_file, ipsec=ipsec)
    charon = Charon(bed, "lac", USUAL_SOCKET)
    charon.start()
    result = one_round(bed, lns, name_file, ipsec=True)
    charon.process.stop()
    return result


def measure(bed, lns, files, rounds, ipsec):
    results = {name: [] for name in (*files, "floor", "nmcli")}
    programs = {name: Counter() for name in (*files, "floor")}

    def add_result(name, seconds, used):
        results[name].append(seconds)
        programs[name] += used

    for _ in range(rounds):
        service = Service(bed, debug=False)
        for name, text in files.items():
            add_result(name, *ours_or_theirs(bed, lns, name, text, ipsec))
        service.stop()
        add_result("floor", *floor(bed, lns, files["ours"]))
        results["nmcli"].append(nothing(bed))
    return results, programs


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/nm")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--ipsec", action="store_true", help="inside IPsec")
    options = parser.parse_args()
    files = {"ours": (Path("/") / NAME_FILE).read_text(encoding="utf-8"),
             "theirs": install_theirs(Path(os.environ["L2TP_THEIRS"]))}
    with Bed() as bed:
        lns = Lns(bed, debug=False).start()
        if options.ipsec:
            Charon(bed, "lns").start().load(lns_conf(
                psk=PSK, ike="aes256-sha256-modp2048,aes256-sha1-modp2048",
                esp="aes256-sha256,aes256-sha1"))
        start_bus(bed)
        Process(bed, "dispatcher", [DISPATCHER, "--persist"])
        results, programs = measure(bed, lns, files, options.rounds, options.ipsec)
    print(f"{options.rounds} rounds     median     min     max   (s)")
    for name, times in results.items():
        print(f"  {name:10} {statistics.median(times):9.2f} {min(times):7.2f} {max(times):7.2f}")
    ratio = statistics.median(results["theirs"]) / statistics.median(results["ours"])
    print(f"  theirs / ours: {ratio:.1f}")
    for name, used in programs.items():
        shares = (f"{program} {seconds / options.rounds:.2f}"
                  for program, seconds in used.most_common() if seconds / options.rounds >= LEAST)
        print(f"  processor, {name}: {', '.join(shares)} s")


if __name__ == "__main__":
    main()
