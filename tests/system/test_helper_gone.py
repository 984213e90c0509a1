"""Whatever happens to the helper, its socket or its state: nobody gets in, and a person reads why.

Refused within 5 seconds, and within 10 when the helper hangs: both are promised, so both are measured.
"""
import contextlib
import os
import pathlib
import secrets
import socket
import subprocess
import sys
import time

import pytest

from ceremonies import enrol, is_let_in_unasked
from host import MASTER_KEY, STATE, run
from terminal import CODE, SshTerminal, in_seconds, ssh_without_terminal

SIGN_IN = pathlib.Path('/run/ssp-mfa/signin.sock')
DATABASE = STATE / 'ssp-mfa.db'
MARK = STATE / 'ssp-mfa.db.mark'
READABLE = 'cannot be checked'


@pytest.fixture(name='alice', scope='module')
def fixture_alice(host):
    """Has a trusted device, and another one that has to show a code."""
    alice = host.person('alice')
    alice.key, alice.other_key = alice.new_key(), alice.new_key('other')
    enrol(host, alice, 'app', alice.key, trust='y')
    return alice


@pytest.fixture(autouse=True)
def helper_is_back(host, alice):
    """After every test the trusted device gets in again: what was refused was refused for one reason."""
    yield
    if host.helper.process is None:
        host.helper.start()
    assert is_let_in_unasked(ssh_without_terminal(alice, alice.key))


def is_refused_at_once(person, within=5.0):
    """The trusted device too: trust that nobody can look up is no trust."""
    done, seconds = in_seconds(lambda: ssh_without_terminal(person, person.key, options=['NumberOfPasswordPrompts=1']))
    assert done.returncode == 255 and 'You are in.' not in done.stdout
    assert READABLE in done.stderr, done.stderr
    assert seconds < within
    return True


def test_a_stopped_helper_lets_nobody_in(host, alice):
    host.helper.stop()
    assert SIGN_IN.exists()
    assert is_refused_at_once(alice)


def test_a_missing_socket_lets_nobody_in(host, alice):
    host.helper.stop()
    SIGN_IN.unlink()
    assert is_refused_at_once(alice)


def test_a_helper_killed_in_mid_dialogue_lets_nobody_in(host, alice):
    with SshTerminal(alice, alice.other_key, once=True) as ssh:
        ssh.question(CODE)
        host.helper.kill()
        ssh.say(alice.recovery_codes[0] + '\r')
        said, seconds = in_seconds(ssh.is_refused)
    assert READABLE in said and seconds < 5
    assert is_refused_at_once(alice)


def test_a_helper_that_hangs_lets_nobody_in(host, alice):
    with SshTerminal(alice, alice.other_key, once=True) as ssh:
        ssh.question(CODE)
        host.helper.freeze()
        try:
            began = time.monotonic()
            ssh.say(alice.recovery_codes[0] + '\r')
            assert is_refused_at_once(alice, within=10)
            said = ssh.is_refused()
            assert time.monotonic() - began < 10
        finally:
            host.helper.thaw()
    assert READABLE in said


# Listens at the descriptor that it was given, and takes every connection.
IMPOSTOR = '''
import socket, sys
listening = socket.socket(fileno=int(sys.argv[1]))
listening.listen(16)
print("listening", flush=True)
taken = []
while True:
    taken.append(listening.accept())
'''


@contextlib.contextmanager
def impostor(owner, listener):
    """A socket at the helper's path that is owned by one user, and at which another one listens."""
    SIGN_IN.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as bound:
        bound.bind(str(SIGN_IN))
        os.chmod(SIGN_IN, 0o600)
        os.chown(SIGN_IN, owner, owner)
        with subprocess.Popen([sys.executable, '-c', IMPOSTOR, str(bound.fileno())], stdout=subprocess.PIPE,
                              pass_fds=[bound.fileno()], user=listener, group=listener) as process:
            try:
                assert process.stdout.readline() == b'listening\n'
                yield
            finally:
                process.kill()


def test_a_socket_of_another_user_is_not_trusted(host, alice):
    host.helper.stop()
    with impostor(owner=alice.uid, listener=0):
        assert is_refused_at_once(alice)


def test_a_socket_at_which_another_user_listens_is_not_trusted(host, alice):
    host.helper.stop()
    with impostor(owner=0, listener=alice.uid):
        assert is_refused_at_once(alice)


@pytest.mark.parametrize('mode, owner', [(0o777, 0), (0o755, 4999)])
def test_a_socket_in_a_folder_where_others_can_write_is_not_trusted(alice, mode, owner):
    folder = SIGN_IN.parent
    os.chmod(folder, mode)
    os.chown(folder, owner, 0)
    try:
        assert is_refused_at_once(alice)
    finally:
        os.chown(folder, 0, 0)
        os.chmod(folder, 0o755)


def test_a_socket_behind_a_symbolic_link_is_not_trusted(alice):
    moved = SIGN_IN.rename(SIGN_IN.with_name('moved.sock'))
    SIGN_IN.symlink_to(moved)
    try:
        assert is_refused_at_once(alice)
    finally:
        moved.rename(SIGN_IN)


@contextlib.contextmanager
def without(path, host):
    """Takes a file of the stopped helper away, and puts it back."""
    host.helper.stop()
    aside = path.rename(path.with_name(f'{path.name}.aside'))
    try:
        yield
    finally:
        host.helper.stop()
        aside.rename(path)


def test_a_deleted_database_lets_nobody_in(host, alice):
    with without(DATABASE, host):
        host.helper.start()
        assert is_refused_at_once(alice)
        assert not DATABASE.exists(), 'a lost database was made anew'


def test_a_database_deleted_under_the_running_helper_lets_nobody_in(host, alice):
    host.helper.stop()
    host.helper.start()
    aside = DATABASE.rename(DATABASE.with_name('aside'))
    try:
        assert is_refused_at_once(alice)
    finally:
        aside.rename(DATABASE)
        host.helper.kill()


def test_an_empty_database_lets_nobody_in(host, alice):
    with without(DATABASE, host):
        DATABASE.touch(mode=0o600)
        os.chown(DATABASE, DATABASE.parent.stat().st_uid, DATABASE.parent.stat().st_gid)
        host.helper.start()
        assert is_refused_at_once(alice)


def test_a_database_of_another_installation_lets_nobody_in(host, alice):
    ours = MASTER_KEY.with_name(f'{MASTER_KEY.name}.aside')
    with without(DATABASE, host), without(MARK, host), without(MASTER_KEY, host):
        run('ssp-mfa', 'init')
        MASTER_KEY.unlink()
        ours.rename(MASTER_KEY)
        try:
            host.helper.start()
            assert is_refused_at_once(alice)
        finally:
            MASTER_KEY.rename(ours)


def test_a_wrong_master_key_lets_nobody_in(host, alice):
    with without(MASTER_KEY, host):
        MASTER_KEY.write_bytes(secrets.token_bytes(32))
        os.chmod(MASTER_KEY, 0o400)
        os.chown(MASTER_KEY, DATABASE.stat().st_uid, DATABASE.stat().st_gid)
        host.helper.start()
        assert is_refused_at_once(alice)


def test_a_missing_master_key_lets_nobody_in(host, alice):
    with without(MASTER_KEY, host):
        host.helper.start()
        assert is_refused_at_once(alice)


def test_clients_that_speak_garbage_disturb_nobody(host, alice):
    with SshTerminal(alice, alice.other_key) as ssh:
        ssh.question(CODE)
        for size in (1, 3, 4, 64, 4096, 70000) * 5:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
                client.settimeout(5)
                client.connect(str(SIGN_IN))
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    client.sendall(secrets.token_bytes(size))
        ssh.say(alice.recovery_codes[1] + '\r')
        ssh.answer('y or n', 'n')
        ssh.is_in()
    assert host.helper.process.poll() is None
