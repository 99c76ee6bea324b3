# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""A minute of soak.py; `tests/bed/soak` runs it for longer, and with other seeds."""

import time

from soak import Soak

SEED = 1
WARM_UP = 3
SCALE = 0.2
SECONDS = 40  # and the event that is under way then, and what lingers


def test_random_events(bed):
    end = time.monotonic() + SECONDS
    with open(bed.out / "events", "w", encoding="utf-8") as events:
        def tell(text):
            print(text)
            print(text, file=events, flush=True)
        soak = Soak(bed, SEED, WARM_UP, tell=tell, scale=SCALE)
        soak.run_and_tell_seed(
            lambda count: time.monotonic() > end and count > WARM_UP)
