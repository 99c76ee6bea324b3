# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""Time to connect: this service and xl2tpd as LAC, in turn, to the same xl2tpd as LNS.

The clock starts right before the bus call Connect, or the line into xl2tpd's control file, and
stops when the kernel announces the address on the ppp interface. What one client needs once (to
start, to read its configuration) is outside the clock for both.

cold    pppd is started at Connect
warm    the profile says persist=yes, and its stand-by pppd is idle
xl2tpd  running and idle

With --ipsec all of it is inside IPsec (IKEv1, a pre-shared key), by the same strongSwan for both
clients. xl2tpd's part in it is a script's: "swanctl --initiate" of a connection that is loaded, then the
line for xl2tpd; what swanctl itself takes to start is shown apart. A first round of each client,
which has the kernel load and test its ciphers, is not counted."""

import argparse
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bed"))

from gi.repository import Gio, GLib  # noqa: E402

import netns  # noqa: E402
from bed import LAC, LNS, Bed, wait_for  # noqa: E402
from service import BUS_NAME, Service  # noqa: E402
from strongswan import USUAL_SOCKET, Charon, lns_conf  # noqa: E402
from xl2tpd import Lac, Lns  # noqa: E402

DISCONNECTED, CONNECTED = 1, 4
CONNECTION = "org.l2tp.Connection"
IDLE_POLLS = 10
PSK = "s3cret-psk"

# What NetworkManager-l2tp asks strongSwan for, in swanctl's words.
LAC_CONF = f"""
connections {{
  script {{
    version = 1
    local_addrs = {LAC}
    remote_addrs = {LNS}
    proposals = aes256-sha256-modp2048
    local {{
      auth = psk
    }}
    remote {{
      auth = psk
    }}
    children {{
      script {{
        mode = transport
        local_ts = dynamic[17/1701]
        remote_ts = dynamic[17/1701]
        esp_proposals = aes256-sha256
      }}
    }}
  }}
}}
secrets {{
  ike-script {{
    id = {LNS}
    secret = "{PSK}"
  }}
}}
"""


def seconds_to_address(start):
    """Calls start, and returns what the clock says."""
    watch = netns.AddressWatch("lac")
    begun = time.monotonic()
    start()
    address_at, _, _ = watch.wait(timeout=60)
    watch.close()
    return address_at - begun


def call(path, interface, method, parameters, reply=None):
    bus = Gio.bus_get_sync(Gio.BusType.SYSTEM)
    return bus.call_sync(BUS_NAME, path, interface, method, parameters,
                         GLib.VariantType(reply) if reply else None,
                         Gio.DBusCallFlags.NONE, 30000, None).unpack()


class Profile:
    """A connection of the service's, for one round."""

    def __init__(self, persist, ipsec=False):
        settings = {"name": "bench", "gateway": LNS, "user": "alice",
                    "persist": "yes" if persist else "no",
                    "ipsec-enabled": "yes" if ipsec else "no"}
        secrets = {"password": "s3cret", **({"ipsec-psk": PSK} if ipsec else {})}
        variants = [{key: GLib.Variant("s", value) for key, value in values.items()}
                    for values in (settings, secrets, {})]
        self.path, = call("/org/l2tp/Manager", "org.l2tp.Manager", "AddConnection",
                          GLib.Variant("(a{sv}a{sv}a{sv})", variants), "(o)")

    def call(self, method):
        call(self.path, CONNECTION, method, GLib.Variant("(a{sv})", ({},)))

    def get(self, name):
        return call(self.path, "org.freedesktop.DBus.Properties", "Get",
                    GLib.Variant("(ss)", (CONNECTION, name)), "(v)")[0]

    def wait_for_state(self, state):
        wait_for(lambda: self.get("State") == state, 30, f"state {state}")


def wait_for_idle_pppd():
    """Until the stand-by pppd in lac has loaded, that is: sleeps and uses no time any more."""
    pid, = wait_for(lambda: netns.processes("lac", "pppd"), 10, "a stand-by pppd")
    seen = []

    def idle():
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        seen.append((fields[0], fields[11], fields[12]))
        return len(seen) >= IDLE_POLLS and len({("S", *seen[-1][1:]), *seen[-IDLE_POLLS:]}) == 1
    wait_for(idle, 10, "the stand-by pppd is idle")


def ours(lns, persist, ipsec):
    """One round: the time, and the Timeline property."""
    profile = Profile(persist, ipsec)
    if persist:
        wait_for_idle_pppd()
    taken = seconds_to_address(lambda: profile.call("Connect"))
    profile.wait_for_state(CONNECTED)
    timeline = profile.get("Timeline")
    profile.call("Disconnect")
    profile.wait_for_state(DISCONNECTED)
    profile.call("Delete")
    wait_for(lambda: not lns.pppds() and not netns.processes("lac", "pppd"), 30, "all quiet")
    return taken, timeline


def theirs(bed, lns):
    lac = Lac(bed, debug=False).start()
    taken = seconds_to_address(lac.connect)
    lac.stop()
    wait_for(lambda: not lns.pppds(), 30, "all quiet")
    return taken, []


def theirs_in_ipsec(bed, lns, charon):
    """The round's stages are the script's: when swanctl is through, and when xl2tpd is."""
    charon.load(LAC_CONF)
    lac = Lac(bed, debug=False, port=1701).start()
    after = []

    def connect():
        begun = time.monotonic()
        charon.swanctl("--initiate", "--child", "script")
        after.append(["ipsec", 1e6 * (time.monotonic() - begun)])
        lac.connect()
    taken = seconds_to_address(connect)
    lac.stop()
    charon.swanctl("--terminate", "--ike", "script")
    charon.load("")
    wait_for(lambda: not lns.pppds(), 30, "all quiet")
    return taken, [*after, ["xl2tpd", 1e6 * taken]]


def nothing(charon):
    """What swanctl takes for a question that costs nothing."""
    begun = time.monotonic()
    charon.swanctl("--version")
    return time.monotonic() - begun, []


def measure(bed, lns, who, rounds, charon):
    """Client to list of rounds; the clients take turns."""
    once = {"cold": lambda: ours(lns, False, charon), "warm": lambda: ours(lns, True, charon),
            "xl2tpd": lambda: theirs_in_ipsec(bed, lns, charon) if charon else theirs(bed, lns)}
    if charon:
        once["swanctl"] = lambda: nothing(charon)
        for client in who:
            once[client]()
        who = [*who, "swanctl"]
    results = {client: [] for client in who}
    for _ in range(rounds):
        for client in who:
            results[client].append(once[client]())
    return results


def median_ms(results):
    return 1000 * statistics.median(taken for taken, _ in results)


def show_stages(client, results):
    stages = {}
    for _, timeline in results:
        for stage, microseconds in timeline:
            stages.setdefault(stage, []).append(microseconds / 1000)
    if stages:
        text = ", ".join(f"{name} {statistics.median(ms):.0f}" for name, ms in stages.items())
        print(f"  {client}, each stage ended after (ms): {text}")


def show(rtt, results):
    rounds = len(next(iter(results.values())))
    print(f"\nround trip {rtt} ms, {rounds} rounds    median     min     max   (ms)")
    for client, runs in results.items():
        times = [1000 * taken for taken, _ in runs]
        print(f"  {client:28} {statistics.median(times):9.0f} {min(times):7.0f} {max(times):7.0f}")
    for client in results:
        show_stages(client, results[client])
    if "xl2tpd" in results:
        for client in set(results) - {"xl2tpd", "swanctl"}:
            ratio = median_ms(results["xl2tpd"]) / median_ms(results[client])
            print(f"  xl2tpd / {client}: {ratio:.1f}")
    sys.stdout.flush()


def show_round_trips(medians):
    """What an added round trip costs, in round trips."""
    base_rtt = min(medians)
    for rtt in sorted(set(medians) - {base_rtt}):
        for client, median in medians[rtt].items():
            needed = (median - medians[base_rtt][client]) / (rtt - base_rtt)
            print(f"  {client} at {rtt} ms: {needed:.1f} round trips")


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/connect")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rtt", default="0", help="round trips in ms, with commas")
    parser.add_argument("--who", default="cold,warm,xl2tpd", help="clients, with commas")
    parser.add_argument("--ipsec", action="store_true", help="inside IPsec")
    options = parser.parse_args()
    who, medians = options.who.split(","), {}
    with Bed() as bed:
        lns = Lns(bed, debug=False).start()
        charon = None
        if options.ipsec:
            Charon(bed, "lns").start().load(lns_conf(psk=PSK))
            charon = Charon(bed, "lac", USUAL_SOCKET).start()
        service = Service(bed, debug=False) if {"cold", "warm"} & set(who) else None
        for rtt in map(int, options.rtt.split(",")):
            bed.netem(rtt=rtt)
            results = measure(bed, lns, who, options.rounds, charon)
            medians[rtt] = {client: median_ms(runs) for client, runs in results.items()}
            show(rtt, results)
        if len(medians) > 1:
            print("\nround trips needed")
            show_round_trips(medians)
        if service:
            service.stop()


if __name__ == "__main__":
    main()
