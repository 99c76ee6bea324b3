#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors
"""Lists connections, then tells every change of state until Ctrl-C."""

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

CONNECTION = "org.l2tp.Connection"
STATES = ("unknown", "disconnected", "connecting", "need-secrets",
          "connected", "reconnecting", "disconnecting", "failed")


def value(proxy, name):
    return proxy.get_cached_property(name).unpack()


def state_name(state):
    # Later services may know states that we do not.
    return STATES[state] if state < len(STATES) else STATES[0]


def on_added(manager, obj):
    proxy = obj.get_interface(CONNECTION)
    if proxy:
        print(value(proxy, "Name"), value(proxy, "Gateway"),
              state_name(value(proxy, "State")), flush=True)


def on_signal(manager, obj, proxy, sender, signal, args):
    if signal != "StateChanged":
        return
    new, old, reason = args.unpack()
    name = value(proxy, "Name")
    print(f"{name}: {state_name(old)} -> {state_name(new)}", flush=True)
    # The properties have their new values by now.
    error, text = value(proxy, "LastError")
    if state_name(new) == "failed":
        print(f"{error}: {text}", flush=True)


def main():
    # Reads everything with one call, and follows all changes since.
    manager = Gio.DBusObjectManagerClient.new_for_bus_sync(
        Gio.BusType.SYSTEM, Gio.DBusObjectManagerClientFlags.NONE,
        "org.l2tp", "/org/l2tp", None, None, None)
    manager.connect("object-added", on_added)
    manager.connect("interface-proxy-signal", on_signal)
    for obj in manager.get_objects():
        on_added(manager, obj)
    try:
        GLib.MainLoop().run()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
