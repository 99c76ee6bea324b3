#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""Transcripts of nm-l2tp-auth-dialog: what a client of NetworkManager sends, and what it gets.

Environment: NM_L2TP_AUTH_DIALOG, the program."""

import configparser
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import tap
from display import SESSION, display

DIALOG = os.environ["NM_L2TP_AUTH_DIALOG"]
SERVICE = "org.freedesktop.NetworkManager.l2tp"
UUID = "00000000-0000-4000-8000-000000000001"
TIMEOUT = 30
TITLE = "Authentication Required"
# No display: a program that wants one fails.
BARE = {key: value for key, value in {**os.environ, **SESSION}.items() if key != "DISPLAY"}

USER = {"gateway": "vpn.example.org", "user": "alice"}
PSK = {**USER, "ipsec-enabled": "yes", "machine-auth-type": "psk"}


def call(*args, service=SERVICE):
    return [DIALOG, "-u", UUID, "-n", "Office “1”", "-s", service, *args]


def profile(data, secrets=None, end="DONE\n\nQUIT\n\n"):
    """What a client writes."""
    text = "".join(f"DATA_KEY={key}\nDATA_VAL={value}\n\n" for key, value in data.items())
    text += "".join(f"SECRET_KEY={key}\nSECRET_VAL={value}\n\n"
                    for key, value in (secrets or {}).items())
    return text + end


def run(stdin, *args, env=None, **kwargs):
    return subprocess.run(call(*args, **kwargs), input=stdin, env=env or BARE, text=True,
                          capture_output=True, timeout=TIMEOUT, check=False)


def external(data, secrets=None, *args, env=None):
    """The groups of the keyfile: (Value, ShouldAsk) by secret, and the one for the window."""
    done = run(profile(data, secrets), "--external-ui-mode", "-i", *args, env=env)
    assert done.returncode == 0, done
    keyfile = configparser.ConfigParser(interpolation=None)
    keyfile.optionxform = str
    keyfile.read_string(done.stdout)
    ui = dict(keyfile["VPN Plugin UI"])
    groups = {}
    for name in keyfile.sections():
        if name != "VPN Plugin UI":
            group = keyfile[name]
            assert set(group) == {"Value", "Label", "IsSecret", "ShouldAsk"}, (name, dict(group))
            assert group["IsSecret"] == "true" and (group["Label"] or name == "no-secret"), name
            groups[name] = (group["Value"], group["ShouldAsk"] == "true")
    return groups, ui


def plain(data, secrets=None, *args, env=None):
    """What the dialog answers when it does not have to ask."""
    done = run(profile(data, secrets), *args, env=env)
    assert done.returncode == 0, done
    assert done.stdout.endswith("\n\n"), done
    return done.stdout


def key_file(directory, encrypted):
    """A private key of its own making."""
    path = Path(directory, "encrypted.pem" if encrypted else "plain.pem")
    cipher = ["-aes256", "-pass", "pass:sesame"] if encrypted else []
    subprocess.run(["openssl", "genpkey", "-quiet", "-algorithm", "EC", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-out", path, *cipher],
                   check=True, capture_output=True)
    return str(path)


def test_external_asks():
    """external: what is missing is asked for, what is there is not"""
    groups, ui = external(PSK, {"password": "x y"})
    assert groups == {"password": ("x y", False), "ipsec-psk": ("", True)}, groups
    assert ui["Version"] == "2" and ui["Title"] == TITLE, ui
    assert "Office “1”" in ui["Description"], ui


def test_external_nothing():
    """external: a profile that needs nothing has a dummy, so that the answer is not empty"""
    groups, _ui = external({**USER, "password-flags": "4"})
    assert groups == {"password": ("", False), "no-secret": ("true", False)}, groups


def test_external_reprompt():
    """external: what was wrong is asked for again, with the old value at hand"""
    groups, _ui = external(PSK, {"password": "wrong", "ipsec-psk": "k"}, "-r")
    assert groups == {"password": ("wrong", True), "ipsec-psk": ("k", True)}, groups


def test_external_hints():
    """external: hints say which secret is wanted and what the user is told"""
    groups, ui = external(PSK, {"password": "wrong", "ipsec-psk": "k"}, "-r", "-t", "password",
                          "-t", "x-vpn-message:The password was rejected")
    assert groups == {"password": ("wrong", True), "ipsec-psk": ("k", False)}, groups
    assert ui["Description"] == "The password was rejected", ui
    # A hint that names no secret of the profile narrows nothing.
    groups, _ui = external(USER, {}, "-t", "otp")
    assert groups == {"password": ("", True)}, groups


def test_certificates():
    """external: the passphrases of encrypted keys are asked for, others are not"""
    both = {"gateway": "a.example", "user-auth-type": "tls", "ipsec-enabled": "yes",
            "machine-auth-type": "tls"}
    with tempfile.TemporaryDirectory() as directory:
        locked, opened = key_file(directory, True), key_file(directory, False)
        groups, _ui = external({**both, "user-key": locked, "machine-key": opened})
        assert groups == {"user-certpass": ("", True), "machine-certpass": ("", False)}, groups
        # The older name of the option.
        groups, _ui = external({**USER, "ipsec-enabled": "yes", "use-cert": "1",
                                "cert-key": locked}, {"password": "p"})
        assert groups == {"password": ("p", False), "machine-certpass": ("", True)}, groups
    # Of a key that only root can read the profile's flags tell.
    hidden = {**both, "user-key": "/nonexistent/u", "machine-key": "/nonexistent/m"}
    groups, _ui = external({**hidden, "user-certpass-flags": "2", "machine-certpass-flags": "0"})
    assert groups["user-certpass"] == ("", True), groups
    assert groups["machine-certpass"] == ("", False), groups


def test_psk_as_data():
    """external: a pre-shared key among the data is there"""
    groups, _ui = external({**PSK, "ipsec-psk": "0sc2VzYW1l"}, {"password": "p"})
    assert groups == {"password": ("p", False), "ipsec-psk": ("0sc2VzYW1l", False)}, groups


def test_lines():
    """without a display: what is there is answered, nobody is asked"""
    assert plain(USER, {"password": " a=b;c "}, "-i") == "password\n a=b;c \n\n\n"
    assert plain(PSK, {"password": "p", "ipsec-psk": "k"}) == "password\np\nipsec-psk\nk\n\n\n"
    assert plain({**USER, "password-flags": "4"}) == "no-secret\ntrue\n\n\n"
    # Not allowed to ask, however much is missing.
    assert plain(PSK, {"password": "p"}) == "password\np\n\n\n"


def test_line_break():
    """a secret with a line break in it cannot forge another secret"""
    stdin = profile(PSK, {"ipsec-psk": "k", "password": "p\n=no-secret\n=forged"})
    done = run(stdin)
    assert done.stdout == "ipsec-psk\nk\n\n\n", done


def test_refuses():
    """another service, no name, no profile: refused with cause and remedy, nothing answered"""
    for done in (run(profile(USER), service="org.freedesktop.NetworkManager.pptp"),
                 run("", "-i"),
                 subprocess.run([DIALOG, "-i"], input=profile(USER), env=BARE, text=True,
                                capture_output=True, timeout=TIMEOUT, check=False)):
        assert done.returncode == 1 and done.stdout == "", done
        assert done.stderr.count("\n") == 2, done.stderr


def test_no_display():
    """must ask, may ask, cannot: refused with cause and remedy"""
    done = run(profile(USER), "-i")
    assert done.returncode == 1 and done.stdout == "", done
    assert "no display" in done.stderr, done.stderr


def test_keyring():
    """a secret of the user's agent is found in the keyring"""
    with tempfile.TemporaryDirectory() as directory:
        env = {**BARE, "SECRET_BACKEND": "file", "SECRET_FILE_TEST_PATH": f"{directory}/keyring",
               "SECRET_FILE_TEST_PASSWORD": "open"}
        subprocess.run(["secret-tool", "store", "--label=VPN", "connection-uuid", UUID,
                        "setting-name", "vpn", "setting-key", "password"],
                       input="from the keyring", env=env, text=True, check=True)
        owned = {**USER, "password-flags": "1"}
        assert plain(owned, env=env) == "password\nfrom the keyring\n\n\n"
        groups, _ui = external(owned, env=env)
        assert groups == {"password": ("from the keyring", False)}, groups
        # The system's secrets are not looked for there, nor is one that is never kept.
        for flags in ("0", "2"):
            groups, _ui = external({**USER, "password-flags": flags}, env=env)
            assert groups == {"password": ("", True)}, groups


class Window:
    """The dialog on a display, and a user before it."""

    def __init__(self, env, stdin, *args):
        self.env = env
        self.dialog = subprocess.Popen(call("-i", *args), env=env, text=True,
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.dialog.stdin.write(stdin)
        self.dialog.stdin.flush()

        self.xdotool("search", "--sync", "--onlyvisible", "--name", TITLE, "windowfocus", "--sync")

    def xdotool(self, *args):
        subprocess.run(["xdotool", *args], env=self.env, check=True, timeout=TIMEOUT,
                       stdout=subprocess.DEVNULL)

    def type(self, text):
        self.xdotool("type", "--delay", "0", text)

    def press(self, key):
        self.xdotool("key", key)

    def end(self, text=None):
        """What the dialog has written, and its exit status."""
        if text:
            self.dialog.stdin.write(text)
            self.dialog.stdin.flush()
        try:
            status = self.dialog.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            self.dialog.kill()
            raise
        self.dialog.stdin.close()
        with self.dialog.stdout:
            return self.dialog.stdout.read(), status


def test_window():
    """on a display: asks for two secrets and answers with what was typed"""
    with display() as env:
        window = Window(env, profile(PSK, end="DONE\n\n"))
        window.type("secret one")
        window.press("Tab")
        window.type("two")
        window.press("Return")
        assert window.end("QUIT\n\n") == ("password\nsecret one\nipsec-psk\ntwo\n\n\n", 0)


def test_window_reprompt():
    """on a display: the wrong secret is there to be corrected, the other one is not asked for"""
    with display() as env:
        window = Window(env, profile(PSK, {"password": "wron", "ipsec-psk": "k"}, end="DONE\n\n"),
                        "-r", "-t", "password", "-t", "x-vpn-message:Try again")
        window.press("End")
        window.type("g")
        # This client says no more.
        window.dialog.stdin.close()
        window.press("Return")
        assert window.end() == ("password\nwrong\nipsec-psk\nk\n\n\n", 0)


def test_window_cancelled():
    """on a display: cancelled by the user, and by the client, nothing is answered"""
    with display() as env:
        window = Window(env, profile(USER, end="DONE\n\n"))
        window.press("Escape")
        assert window.end() == ("", 1)
        window = Window(env, profile(USER, end="DONE\n\n"))
        window.type("half")
        assert window.end("QUIT\n\n") == ("", 1)


if __name__ == "__main__":
    sys.exit(tap.run(globals()))
