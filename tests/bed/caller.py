# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""A program on the bus that calls the service and answers its questions: a process of its own, as
root or as a user. It speaks JSON, a line for each command and each thing that happened."""

import json
import os
import queue
import subprocess
import sys
import threading
import xml.etree.ElementTree as ET
from collections import namedtuple
from pathlib import Path

from service import BUS_NAME, as_user

MANAGER = "/org/l2tp/Manager"
INTERFACES = Path("/usr/share/dbus-1/interfaces")
AGENT_PATH = "/test/Agent"
Answer = namedtuple("Answer", "error text value")
Question = namedtuple("Question", "path names hints")


class Caller:
    """user: a name, or None for root. What it was told is in the attributes."""

    def __init__(self, user=None):
        argv = ["/usr/bin/python3", __file__]
        self.popen = subprocess.Popen(as_user(user, *argv) if user else argv, text=True,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.answers, self.questions = queue.Queue(), queue.Queue()
        self.canceled, self.released = queue.Queue(), queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.name = self.answers.get(timeout=30)

    def _read(self):
        queues = {"answer": self.answers, "question": self.questions, "cancel": self.canceled,
                  "release": self.released}
        for line in self.popen.stdout:
            [(what, value)] = json.loads(line).items()
            queues[what].put(value)

    def _tell(self, **command):
        self.popen.stdin.write(json.dumps(command) + "\n")
        self.popen.stdin.flush()

    def try_call(self, path, method, *args, interactive=False):
        """Dictionaries become a{sv}. Returns an Answer: error is its D-Bus name, or None."""
        self._tell(call=[path, method, list(args), interactive])
        return Answer(*self.answers.get(timeout=60))

    def call(self, path, method, *args):
        answer = self.try_call(path, method, *args)
        assert answer.error is None, answer
        return answer.value[0] if len(answer.value) == 1 else answer.value

    def register(self):
        self.call(MANAGER, "RegisterAgent", AGENT_PATH, {})
        return self

    def question(self, timeout=20):
        return Question(*self.questions.get(timeout=timeout))

    def reply(self, secrets):
        """To the question that came last."""
        self._tell(reply=secrets)

    def refuse(self, error):
        self._tell(refuse=f"org.l2tp.Error.{error}")

    def close(self):
        """Leaves the bus as a program does that is killed."""
        self.popen.kill()
        self.popen.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def serve():
    """The process itself."""
    import gi
    gi.require_version("Gio", "2.0")
    from gi.repository import Gio, GLib

    bus = Gio.bus_get_sync(Gio.BusType.SYSTEM)
    pending = []

    def say(what, value):
        print(json.dumps({what: value}), flush=True)

    def text_of(path):
        return (INTERFACES / path).read_text(encoding="utf-8")

    def signature(interface, method):
        [member] = [member for member in ET.fromstring(text_of(f"org.l2tp.{interface}.xml"))
                    .iter("method") if member.get("name") == method]
        return "(" + "".join(arg.get("type") for arg in member.iter("arg")
                             if arg.get("direction") == "in") + ")"

    def wrap(value):
        if not isinstance(value, dict):
            return value
        kinds = {bool: "b", int: "u", str: "s"}
        return {key: GLib.Variant(kinds[type(item)], item) for key, item in value.items()}

    def call(path, method, args, interactive):
        interface = "Manager" if path == MANAGER else "Connection"
        flags = Gio.DBusCallFlags.ALLOW_INTERACTIVE_AUTHORIZATION if interactive else 0
        arguments = GLib.Variant(signature(interface, method), [wrap(arg) for arg in args])

        def done(_, result):
            try:
                say("answer", [None, "", bus.call_finish(result).unpack()])
            except GLib.Error as error:
                name = Gio.DBusError.get_remote_error(error)
                say("answer", [name, error.message.removeprefix(f"GDBus.Error:{name}: "), None])
        bus.call(BUS_NAME, path, f"org.l2tp.{interface}", method, arguments, None,
                 Gio.DBusCallFlags(flags), 60000, None, done)

    def on_method(_bus, _sender, _path, _interface, method, arguments, invocation):
        if method == "RequestSecrets":
            pending.append(invocation)
            say("question", arguments.unpack())
            return
        say(method.lower(), arguments.unpack())
        invocation.return_value(None)

    def command(call_=None, reply=None, refuse=None):
        if call_ is not None:
            call(*call_)
        elif reply is not None:
            pending.pop().return_value(GLib.Variant("(a{sv})", [wrap(reply)]))
        else:
            pending.pop().return_dbus_error(refuse, "refused by the test")

    def read():
        for line in sys.stdin:
            words = json.loads(line)
            GLib.idle_add(command, words.get("call"), words.get("reply"), words.get("refuse"))
        os._exit(0)

    node = Gio.DBusNodeInfo.new_for_xml(text_of("org.l2tp.Agent.xml"))
    bus.register_object(AGENT_PATH, node.interfaces[0], on_method, None, None)
    say("answer", bus.get_unique_name())
    threading.Thread(target=read, daemon=True).start()
    GLib.MainLoop().run()


if __name__ == "__main__":
    serve()
