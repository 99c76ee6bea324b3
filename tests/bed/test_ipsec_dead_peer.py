# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""An LNS that dies while the SA is up: dead peer detection, by both versions at once because it
takes its time."""

import signal
import time

from strongswan import (USUAL_SOCKET, Charon, Client, Probe, assert_nothing_left, lns_conf,
                        nothing_in_clear)

# IKEv2 has no time of its own for it but how often, and when, the daemon sends anything again.
RETRANSMIT = "retransmit_timeout = 2\n  retransmit_tries = 3"
ADDRESSES = {1: "10.9.0.2", 2: "10.9.0.3"}


def test_dead_peer(bed):
    bed.add_address("10.9.0.3/24")
    ours = Charon(bed, "lac", USUAL_SOCKET, RETRANSMIT).start()
    lns_charon = Charon(bed, "lns").start()
    first, second = (lns_conf(version=version, address=address, local=f"id = {address}")
                     for version, address in ADDRESSES.items())
    lns_charon.load(first + second.split("secrets")[0].replace("  lns {", "  lns2 {"))
    probes = [Probe(bed, f"probe{version}", tag=f"vpn{version}", ipsec_psk="s3cret-psk",
                    peer=f"{address} 1701", ipsec_remote_id=address, guard="yes",
                    ipsec_ikev2="yes" if version == 2 else "no")
              for version, address in ADDRESSES.items()]
    with nothing_in_clear(bed):
        for probe in probes:
            probe.up()
        lns_charon.process.signal(signal.SIGSTOP)
        start = time.monotonic()
        for probe in reversed(probes):
            line = probe.wait("lost", timeout=150)
            assert line.startswith("lost lost IkeFailed"), line
            print(f"lost after {time.monotonic() - start:.0f} s")
        # Whatever L2TP says now stays here, and the daemon has nothing left of it.
        for address in ADDRESSES.values():
            client = Client(peer=address)
            assert not client.ask(0.3)
            client.close()
        for probe in probes:
            probe.down()
    assert_nothing_left(ours)
