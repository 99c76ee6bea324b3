# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""A Hello of the LNS, which xl2tpd sends once a minute, after the service was killed."""

from bed import wait_for
from service import cli
from test_adopt import again, assert_same, control_messages, up


def test_hello_of_the_lns(bed, lns, service):
    """XPRT-7, XPRT-16: xl2tpd's, once a minute; and ours. Right numbers, no repetition."""
    before = up(bed, "work", "hello-interval=5")
    dump = bed.capture("hello", device="v0", expression="udp port 1701 and udp[8] & 128 != 0")
    service = again(bed, service)

    def hellos():
        return [m for m in control_messages(bed, "hello") if m[3] == "HELLO"]
    wait_for(lambda: [m for m in hellos() if m[0]] and [m for m in hellos() if not m[0]], 75,
             "a Hello of both", interval=1)
    time_to_repeat = len(hellos())
    wait_for(lambda: len(hellos()) > time_to_repeat, 10, "one more Hello", interval=0.5)
    dump.stop()
    seen = hellos()
    assert len({(m[0], m[1]) for m in seen}) == len(seen), f"a Hello was repeated: {seen}"
    theirs = next(m for m in seen if m[0])
    answers = [m for m in control_messages(bed, "hello") if not m[0] and m[2] == theirs[1] + 1]
    assert answers
    assert_same(bed, before)
    cli(bed, "down", "work", check=True)
    bed.assert_nothing_left(service)
