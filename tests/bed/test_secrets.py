# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""Asking people for secrets, with a real LNS that lets nobody in without the right one: agents on
the bus, the command line's own, callers that vanish."""

import os
import signal
from pathlib import Path

import pytest

from bed import LNS, wait_for
from caller import MANAGER, Caller
from polkit import Polkit, add_user, rule
from service import Service, cli, status
from terminal import CTRL_C, Terminal
from test_connect import add
from test_failures import AUTH_FAILED
from xl2tpd import Lns

OWN = Path("/var/lib/l2tp-client/connections")
PROMPT = "work (alice): PPP password: "
WRONG, RIGHT = {"password": "wrong"}, {"password": "s3cret"}
SETTINGS = {"name": "work", "gateway": LNS, "user": "alice"}
CANCELED, NO_SECRETS = "org.l2tp.Error.AgentCanceled", "org.l2tp.Error.NoSecrets"
EXIT_CANCELED = 130
EMPTY_CAPTURE = 24
EXPIRES = f"plugin {os.environ.get('BED_BUILD')}/tests/bed/expired-plugin.so"


def add_bare(bed, *options, name="work", user=None):
    """A connection without a password."""
    cli(bed, "add", name, f"gateway={LNS}", "user=alice", *options, check=True, user=user)


def text_on_disk():
    return "".join(file.read_text() for file in OWN.iterdir())


def wait_for_state(bed, state, name="work"):
    wait_for(lambda: status(bed, name)["state"] == state, 30, state)


def assert_nobody_asked(agent):
    """What the service sent before it answered this would be here."""
    agent.call(MANAGER, "ListConnections", {})
    assert agent.questions.empty()


@pytest.fixture
def agent(service):
    with Caller() as caller:
        caller.register()
        caller.path = lambda name="work": caller.call(MANAGER, "FindByName", name, {})[0]
        yield caller


def test_asked_and_kept(bed, lns, service, agent):
    """What was missing is asked for, and stored only where the flags say so, and only when it has
    proved right."""
    for flags in ("0", "1", "2"):
        name = f"flags{flags}"
        add_bare(bed, f"password-flags={flags}", name=name)
        path = agent.path(name)
        agent.call(path, "Connect", {})
        question = agent.question()
        assert question.path == path and question.names == ["password"]
        assert question.hints == {"connection": name, "user": "alice", "gateway": LNS,
                                  "retry": False}
        assert status(bed, name)["state"] == "need-secrets"
        agent.reply(WRONG)
        question = agent.question()
        assert question.hints["retry"] is True and question.hints["message"] == "Access denied"
        assert status(bed, name)["state"] == "need-secrets"
        file = OWN / f"{status(bed, name)['uuid']}.conf"
        assert "password=" not in file.read_text()
        agent.reply(RIGHT)
        wait_for_state(bed, "connected", name)
        bed.ping(lns.address)
        if flags == "0":
            wait_for(lambda: "password=s3cret\n" in file.read_text(), 5, "the password on the disk")
        cli(bed, "down", name, check=True)
    service.stop()
    assert text_on_disk().count("s3cret") == 1 and "wrong" not in text_on_disk()
    assert "s3cret" not in service.log and "wrong" not in service.log
    Service(bed)
    assert [cli(bed, "up", f"flags{n}").rc for n in range(3)] == [0, AUTH_FAILED, AUTH_FAILED]


def test_stored_one_is_wrong(bed, lns, service, agent):
    """The same when what is stored is refused; what is stored changes only with the right one."""
    add(bed, password="wrong")
    agent.call(agent.path(), "Connect", {})
    assert agent.question().hints["retry"] is True
    agent.refuse("AgentCanceled")
    wait_for_state(bed, "failed")
    assert "password=wrong\n" in text_on_disk()
    agent.call(agent.path(), "Connect", {})
    agent.question()
    agent.reply(RIGHT)
    wait_for_state(bed, "connected")
    wait_for(lambda: "password=s3cret\n" in text_on_disk(), 5, "the right one on the disk")


def test_no_longer_stored(bed, lns, service, agent):
    """What the user takes off the disk is asked for at once, not only after a restart."""
    add(bed)
    cli(bed, "edit", "work", "password-flags=2", check=True)
    assert "s3cret" not in text_on_disk()
    agent.call(agent.path(), "Connect", {})
    assert agent.question().names == ["password"]
    agent.reply(RIGHT)
    wait_for_state(bed, "connected")


def test_expired(bed, service, agent):
    """PPP-9, error 648: another password is asked for, in the LNS's words, and kept."""
    lns = Lns(bed, auth="mschap-v2", options=[EXPIRES]).start()
    add(bed)
    agent.call(agent.path(), "Connect", {})
    question = agent.question()
    assert question.hints["retry"] is True and question.hints["message"] == "Your password is too old"
    agent.reply({"password": "n3w"})
    wait_for_state(bed, "connected")
    bed.ping(lns.address)
    wait_for(lambda: "password=n3w\n" in text_on_disk(), 5, "the new one on the disk")


def test_expired_and_nobody_to_ask(bed, service):
    """Said as what it is, and not tried again."""
    Lns(bed, auth="mschap-v2", options=[EXPIRES]).start()
    add(bed, "work", "persist=yes")
    up = cli(bed, "up", "work")
    assert up.rc == AUTH_FAILED and "expired" in up.stderr, up
    assert "Your password is too old" in up.stderr, up


def test_hint_of_another_protocol(bed, service, agent):
    """The LNS's words, with PAP too."""
    Lns(bed, auth="pap").start()
    add_bare(bed)
    agent.call(agent.path(), "Connect", {})
    agent.question()
    agent.reply(WRONG)
    assert agent.question().hints["message"] == "Login incorrect"
    agent.reply(RIGHT)
    wait_for_state(bed, "connected")


def test_three_refusals(bed, lns, service, agent):
    """LNSs lock accounts: three answers, and it is over."""
    add_bare(bed)
    agent.call(agent.path(), "Connect", {})
    for number in range(3):
        assert agent.question().hints["retry"] is (number > 0)
        agent.reply(WRONG)
    wait_for_state(bed, "failed")
    info = status(bed, "work")
    assert info["last_error"]["name"] == "org.l2tp.Error.AuthFailed"
    assert_nobody_asked(agent)
    bed.assert_nothing_left(service)


def test_ways_out(bed, lns, service, agent):
    """The person declines, does not know, answers nonsense, is told to stop."""
    add_bare(bed)
    path = agent.path()
    for end, error in ((lambda: agent.refuse("AgentCanceled"), CANCELED),
                       (lambda: agent.refuse("NoSecrets"), NO_SECRETS),
                       (lambda: agent.reply({}), NO_SECRETS),
                       (lambda: agent.reply({"user": "bob"}), NO_SECRETS),
                       (lambda: agent.reply({"password": 7}), NO_SECRETS),
                       (lambda: agent.reply({"password": "x\ny"}), NO_SECRETS),
                       (lambda: agent.reply({"password": "x" * 5000}), NO_SECRETS)):
        agent.call(path, "Connect", {})
        agent.question()
        assert agent.try_call(path, "Connect", {}).error == "org.l2tp.Error.InProgress"
        end()
        wait_for_state(bed, "failed")
        assert status(bed, "work")["last_error"]["name"] == error
    agent.call(path, "Connect", {})
    agent.question()
    agent.call(path, "Disconnect", {})
    assert agent.canceled.get(timeout=10) == [path]
    assert status(bed, "work")["state"] == "disconnected"
    agent.reply(RIGHT)  # too late
    agent.call(path, "Connect", {})
    agent.question()
    agent.call(path, "Delete", {})
    assert agent.canceled.get(timeout=10) == [path]
    bed.assert_nothing_left(service)


def test_agent_vanishes(bed, lns, service, agent):
    """With a question open: the next one is asked, and after the last the attempt ends."""
    add_bare(bed)
    path = agent.path()
    with Caller() as second:
        second.register()
        agent.call(path, "Connect", {})
        agent.question()  # who called comes first
        agent.close()
        second.question()
        assert status(bed, "work")["state"] == "need-secrets"
        second.close()
        wait_for_state(bed, "failed")
    assert status(bed, "work")["last_error"]["name"] == NO_SECRETS
    bed.assert_nothing_left(service)


def test_release(bed, lns, service, agent):
    """An agent hears that the service stops, and the attempt is over."""
    add_bare(bed)
    agent.call(agent.path(), "Connect", {})
    agent.question()
    service.stop()
    agent.released.get(timeout=10)
    bed.assert_nothing_left()


def test_nobody(bed, lns, service, agent):
    """no-agent, or nobody there: NoSecrets at once, before the first packet, and no failure state."""
    add_bare(bed)
    capture = bed.capture("nobody", expression="udp port 1701")
    answer = agent.try_call(agent.path(), "Connect", {"no-agent": True})
    assert answer.error == NO_SECRETS and answer.text.startswith("password: "), answer
    assert_nobody_asked(agent)
    path = agent.path()
    agent.close()
    with Caller() as other:
        wait_for(lambda: other.try_call(path, "Connect", {}).error == NO_SECRETS, 5, "no agent")
    assert status(bed, "work")["state"] == "disconnected"
    capture.stop()
    assert (bed.out / "nobody.pcap").stat().st_size == EMPTY_CAPTURE


def test_no_agent_with_a_wrong_one(bed, lns, service, agent):
    """no-agent holds for the refusal, too."""
    add(bed, password="wrong")
    agent.call(agent.path(), "Connect", {"no-agent": True})
    wait_for_state(bed, "failed")
    assert status(bed, "work")["last_error"]["name"] == "org.l2tp.Error.AuthFailed"
    assert_nobody_asked(agent)


def test_bind(bed, lns, service, agent):
    """Connect with bind ends with its caller, asked or connected, and the connection stays."""
    add_bare(bed)
    for when in ("asked", "connected"):
        with Caller() as caller:
            caller.call(agent.path(), "Connect", {"bind": True})
            agent.question()
            if when == "connected":
                agent.reply(RIGHT)
                wait_for_state(bed, "connected")
        wait_for_state(bed, "disconnected")
    with Caller() as caller:
        caller.call(agent.path(), "Connect", {})
    wait_for_state(bed, "connected")  # without bind
    cli(bed, "down", "work", check=True)
    bed.assert_nothing_left(service)


def test_transient(bed, lns, service, agent):
    """ConnectTransient with bind leaves nothing, at whatever stage its caller goes."""
    for when in ("at once", "asked", "connected"):
        with Caller() as caller:
            caller.call(MANAGER, "ConnectTransient", SETTINGS, {} if when == "asked" else RIGHT,
                        {"bind": True})
            assert list(OWN.iterdir()) == []
            if when == "asked":
                agent.question()
            elif when == "connected":
                wait_for_state(bed, "connected")
                assert "memory" in cli(bed, "show", "work").stdout
        wait_for(lambda: agent.call(MANAGER, "ListConnections", {}) == [], 10, "nothing")
        bed.assert_nothing_left(service)
    with Caller() as caller:
        path = caller.call(MANAGER, "ConnectTransient", SETTINGS, RIGHT, {})
    wait_for_state(bed, "connected")  # without bind
    agent.call(path, "Delete", {})
    bed.assert_nothing_left(service)


def test_transient_without_a_secret(bed, lns, service):
    """With nobody to ask it is refused, and leaves no connection that nobody knows of."""
    with Caller() as caller:
        answer = caller.try_call(MANAGER, "ConnectTransient", SETTINGS, {}, {})
        assert answer.error == NO_SECRETS, answer
        wait_for(lambda: caller.call(MANAGER, "ListConnections", {}) == [], 5, "nothing")
    bed.assert_nothing_left(service)


def test_two_users(bed, lns):
    """Whose connection it is, and who asked for it, are asked; nobody else, root neither. What is
    everybody's keeps no secret for a user who may not change it."""
    for name, uid in (("alice", 1234), ("bob", 1235)):
        add_user(name, uid, groups=["sudo"] if name == "bob" else [])
    Polkit(bed, "".join(rule(name, f"org.l2tp.{action}", "YES") for name in ("alice", "bob")
                        for action in ("connect", "modify-own")))
    service = Service(bed)
    with Caller("alice") as alice, Caller("bob") as bob, Caller() as root:
        for caller in (alice, root, bob):  # the newest would come first
            caller.register()
        mine = alice.call(MANAGER, "AddConnection", SETTINGS, {}, {})
        alice.call(mine, "Connect", {})
        alice.question()
        alice.refuse("NoSecrets")
        wait_for_state(bed, "failed")
        shared = root.call(MANAGER, "AddConnection", SETTINGS | {"name": "shared"}, {}, {})
        bob.call(shared, "Connect", {})
        bob.question()
        bob.refuse("NoSecrets")
        root.question()  # root answers for what is everybody's
        root.reply(RIGHT)
        wait_for_state(bed, "connected", "shared")
        for caller in (alice, bob, root):
            assert_nobody_asked(caller)
        bob.call(shared, "Disconnect", {})
        wait_for_state(bed, "disconnected", "shared")
        alice.call(shared, "Connect", {})
        alice.question()
        alice.reply(RIGHT)
        wait_for_state(bed, "connected", "shared")
        alice.call(shared, "Disconnect", {})
        wait_for_state(bed, "disconnected", "shared")
        root.call(shared, "Connect", {})
        root.question()
        assert "s3cret" not in text_on_disk()
        root.reply(RIGHT)
        wait_for(lambda: "s3cret" in text_on_disk(), 20, "the password on the disk")
    cli(bed, "down", "shared", check=True)
    bed.assert_nothing_left(service)


def test_up_asks(bed, lns, service):
    """On a terminal: wrong, with the LNS's words, then right; nothing typed is shown."""
    add_bare(bed)
    terminal = Terminal(bed, "l2tp-client", "up", "--ask", "work")
    terminal.answer(PROMPT, "wrong")
    terminal.expect("work: the LNS says: Access denied")
    terminal.answer(PROMPT, "s3cret")
    terminal.expect("connected")
    assert terminal.wait() == 0, terminal.output
    assert "s3cret" not in terminal.output and "wrong" not in terminal.output
    bed.ping(lns.address)
    cli(bed, "down", "work", check=True)
    cli(bed, "up", "work", check=True)  # it is kept
    cli(bed, "down", "work", check=True)
    cli(bed, "edit", "work", "password=", check=True)
    terminal = Terminal(bed, "l2tp-client", "up", "work")
    terminal.expect(PROMPT)
    terminal.type(CTRL_C)
    assert terminal.wait() == EXIT_CANCELED
    assert "resolve" not in terminal.output, terminal.output  # the stages of the time before


def test_up_three_refusals(bed, lns, service):
    add_bare(bed)
    terminal = Terminal(bed, "l2tp-client", "up", "work")
    for _ in range(3):
        terminal.answer(PROMPT, "wrong")
    assert terminal.wait() == AUTH_FAILED, terminal.output
    assert "error: ppp: " in terminal.output and "hint: " in terminal.output
    assert terminal.output.count(PROMPT) == 3


def test_up_interrupted(bed, lns, service):
    """Ctrl-C at the question ends the attempt; a client that is killed leaves no question behind."""
    add_bare(bed)
    terminal = Terminal(bed, "l2tp-client", "up", "work")
    terminal.expect(PROMPT)
    terminal.type(CTRL_C)
    assert terminal.wait() == EXIT_CANCELED, terminal.output
    assert "Canceled: work is not connected." in terminal.output
    assert status(bed, "work")["last_error"]["name"] == CANCELED
    terminal = Terminal(bed, "l2tp-client", "up", "work")
    terminal.expect(PROMPT)
    os.kill(terminal.pid, signal.SIGKILL)
    terminal.wait()
    wait_for_state(bed, "failed")
    assert status(bed, "work")["last_error"]["name"] == NO_SECRETS
    bed.assert_nothing_left(service)


def test_down_while_up_asks(bed, lns, service):
    """The question is taken back, and up says what became of it."""
    add_bare(bed)
    terminal = Terminal(bed, "l2tp-client", "up", "work")
    terminal.expect(PROMPT)
    cli(bed, "down", "work", check=True)
    terminal.expect("the connection was taken down while it came up")
    assert terminal.wait() == 4, terminal.output


def test_agent_of_the_cli(bed, lns, service):
    """l2tp-client agent answers for what another program of the user starts, again and again."""
    add_bare(bed, "password-flags=2")
    terminal = Terminal(bed, "l2tp-client", "agent")
    terminal.expect("asked for here")
    for _ in range(2):
        cli(bed, "up", "work", "-w", "0", check=True)
        terminal.answer(PROMPT, "s3cret")
        wait_for_state(bed, "connected")
        cli(bed, "down", "work", check=True)
    service.stop()
    terminal.expect("The service has stopped")
    Service(bed)
    terminal.expect("asked for here")
    terminal.type(CTRL_C)
    assert terminal.wait() == EXIT_CANCELED, terminal.output
    assert cli(bed, "up", "work").rc == AUTH_FAILED
