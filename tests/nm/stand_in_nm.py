#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""A stand-in for NetworkManager, as much of it as nmcli needs to add, show, import and export
profiles: the settings service, in memory. Says READY when it has its name.

The real one wants a kernel with devices; tests/bed has one."""

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

NAME = "org.freedesktop.NetworkManager"
MANAGER = "/org/freedesktop/NetworkManager"
SETTINGS = MANAGER + "/Settings"
NODE = Gio.DBusNodeInfo.new_for_xml("""<node>
<interface name="org.freedesktop.DBus.ObjectManager">
  <method name="GetManagedObjects"><arg type="a{oa{sa{sv}}}" direction="out"/></method>
  <signal name="InterfacesAdded"><arg type="o"/><arg type="a{sa{sv}}"/></signal>
</interface>
<interface name="org.freedesktop.NetworkManager">
  <method name="GetPermissions"><arg type="a{ss}" direction="out"/></method>
</interface>
<interface name="org.freedesktop.NetworkManager.Settings">
  <method name="AddConnection">
    <arg type="a{sa{sv}}" direction="in"/><arg type="o" direction="out"/>
  </method>
</interface>
<interface name="org.freedesktop.NetworkManager.Settings.Connection">
  <method name="GetSettings"><arg type="a{sa{sv}}" direction="out"/></method>
  <method name="GetSecrets">
    <arg type="s" direction="in"/><arg type="a{sa{sv}}" direction="out"/>
  </method>
</interface>
</node>""")


def variants(signature_by_key):
    return {key: GLib.Variant(signature, value) for key, (signature, value)
            in signature_by_key.items()}


class StandIn:
    def __init__(self):
        self.bus = Gio.bus_get_sync(Gio.BusType.SYSTEM)
        self.profiles = {}  # path: settings, as AddConnection got them
        self.register("/org/freedesktop", "org.freedesktop.DBus.ObjectManager")
        self.register(MANAGER, NAME)
        self.register(SETTINGS, NAME + ".Settings")
        Gio.bus_own_name_on_connection(self.bus, NAME, 0, lambda *_: print("READY", flush=True),
                                       None)

    def register(self, path, interface):
        self.bus.register_object(path, NODE.lookup_interface(interface), self.on_call)

    def objects(self):
        paths = list(self.profiles)
        return {
            MANAGER: {NAME: variants({
                "Version": ("s", "1.42.4"), "State": ("u", 70), "Startup": ("b", False),
                "NetworkingEnabled": ("b", True), "Devices": ("ao", []), "AllDevices": ("ao", []),
                "ActiveConnections": ("ao", []), "PrimaryConnection": ("o", "/"),
                "Capabilities": ("au", [])})},
            SETTINGS: {NAME + ".Settings": variants({
                "Connections": ("ao", paths), "CanModify": ("b", True), "Hostname": ("s", "bed")})},
            **{path: self.connection_interfaces() for path in paths},
        }

    @staticmethod
    def connection_interfaces():
        return {NAME + ".Settings.Connection": variants({
            "Unsaved": ("b", False), "Flags": ("u", 0), "Filename": ("s", "")})}

    def add(self, settings):
        path = f"{SETTINGS}/{len(self.profiles) + 1}"
        self.profiles[path] = settings
        self.register(path, NAME + ".Settings.Connection")
        self.bus.emit_signal(None, "/org/freedesktop", "org.freedesktop.DBus.ObjectManager",
                             "InterfacesAdded",
                             GLib.Variant("(oa{sa{sv}})", (path, self.connection_interfaces())))
        self.bus.emit_signal(None, SETTINGS, "org.freedesktop.DBus.Properties",
                             "PropertiesChanged",
                             GLib.Variant("(sa{sv}as)", (
                                 NAME + ".Settings",
                                 variants({"Connections": ("ao", list(self.profiles))}), [])))
        return path

    def without_secrets(self, path):
        settings = {group: dict(keys) for group, keys in self.profiles[path].items()}
        secrets = settings["vpn"].pop("secrets", None)
        return settings, secrets

    def on_call(self, _bus, _sender, path, _interface, method, parameters, invocation):
        if method == "GetManagedObjects":
            answer = GLib.Variant("(a{oa{sa{sv}}})", (self.objects(),))
        elif method == "GetPermissions":
            answer = GLib.Variant("(a{ss})", ({},))
        elif method == "AddConnection":
            answer = GLib.Variant("(o)", (self.add(unpack(parameters)),))
        elif method == "GetSettings":
            answer = GLib.Variant("(a{sa{sv}})", (self.without_secrets(path)[0],))
        else:
            secrets = self.without_secrets(path)[1]
            answer = GLib.Variant("(a{sa{sv}})", ({"vpn": {"secrets": secrets} if secrets else {}},))
        invocation.return_value(answer)


def unpack(parameters):
    """The settings of a call, with values that can be sent again."""
    settings = parameters.get_child_value(0)
    groups = {}
    for i in range(settings.n_children()):
        group = settings.get_child_value(i)
        keys = group.get_child_value(1)
        entries = (keys.get_child_value(j) for j in range(keys.n_children()))
        groups[group.get_child_value(0).get_string()] = {
            entry.get_child_value(0).get_string(): entry.get_child_value(1).get_variant()
            for entry in entries}
    return groups


if __name__ == "__main__":
    STAND_IN = StandIn()
    GLib.MainLoop().run()
