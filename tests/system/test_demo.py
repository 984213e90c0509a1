"""`make demo`, driven as a person would: a terminal, typing, and a kill -9."""
import contextlib
import os
import pathlib
import re
import signal
import subprocess
import time

import pytest

from screen import Screen

ROOT = pathlib.Path(os.environ['SSP_ROOT'])
BUILD = os.environ.get('SSP_PLAIN_BUILD', os.environ['SSP_BUILD'])


@pytest.fixture(autouse=True, scope='module')
def fixture_stackable():
    """The demo makes overlays on those of this run. Linux stacks two; on a root that is an overlay itself (a container)
    this is one too many, and the demo is not run here."""
    tried = subprocess.run(['unshare', '--mount', 'mount', '-t', 'overlay', '-o', 'lowerdir=/etc:/var', 'none', '/mnt'],
                           check=False, capture_output=True)
    if tried.returncode != 0:
        pytest.skip('overlays cannot be stacked so deep on this root')


def processes_of(name):
    """Of this host and those below it."""
    found = []
    for process in pathlib.Path('/proc').glob('[0-9]*'):
        try:
            if (process / 'comm').read_text(encoding='utf-8').strip().startswith(name):
                found.append(int(process.name))
        except OSError:
            continue
    return found


def demo(**size):
    return Screen(ROOT / 'demo/run', BUILD, **size)


def leave_nothing(before, mounts):
    end = time.monotonic() + 5
    while set(processes_of('')) - before:
        assert time.monotonic() < end, 'something still runs'
        time.sleep(0.05)
    assert pathlib.Path('/proc/mounts').read_text(encoding='utf-8') == mounts
    assert not pathlib.Path('/home/alice').exists()
    return True


def test_the_demo_shows_a_sign_in_and_the_phone_beside_it():
    before = set(processes_of(''))
    mounts = pathlib.Path('/proc/mounts').read_text(encoding='utf-8')
    with demo(lines=40) as terminal:
        terminal.wait_for(r'Passcode or option \(1-3\):')
        assert 'Messages and calls appear here.' in terminal.text()
        terminal.type('1')
        terminal.wait_for('Mobile phone number')
        terminal.type('205 555 0123')
        code = re.search(r'(?m)^  \w\w (\d{6}) is your', terminal.wait_for(r'is your SSP'))[1]
        terminal.wait_for('Verification code:')
        terminal.type(code)
        terminal.wait_for('Add one now')
        terminal.type('n')
        terminal.wait_for('Type saved, or later')
        terminal.type('saved')
        terminal.wait_for('y or n:')
        terminal.type('y')
        terminal.wait_for(r'alice@bastion:~\$')
        terminal.type('ssp-mfa devices')
        terminal.wait_for('SSH key ending .* sshd')
        terminal.type('exit')
        terminal.wait_for('q = leave:')
        terminal.type('')
        terminal.wait_for(r'(?s)sign in again.*alice@bastion:~\$')
        terminal.type('exit')
        terminal.wait_for('(?s)(q = leave:.*){2}')
        terminal.type('q')
        terminal.wait_for_end()
    assert leave_nothing(before, mounts)


def test_a_small_terminal_has_the_messages_in_between():
    with demo(lines=24) as terminal:
        terminal.wait_for(r'Passcode or option \(1-3\):')
        terminal.type('2')
        terminal.wait_for('Phone number')
        terminal.type('205 555 0123')
        code = re.search(r'says:\s+((?:\d ){4}\d)', terminal.wait_for(r'says:\s+\d'))[1].replace(' ', '')
        terminal.type(code)
        terminal.wait_for('Add one now')


def test_a_killed_demo_leaves_nothing():
    mounts = pathlib.Path('/proc/mounts').read_text(encoding='utf-8')
    before = set(processes_of(''))
    with demo(lines=40) as terminal:
        terminal.wait_for(r'Passcode or option \(1-3\):')
        started = set(processes_of('')) - before
        assert set(processes_of('ssp-mfad')) & started
        unshare, = set(processes_of('unshare')) & started
        os.kill(unshare, signal.SIGKILL)
        terminal.wait_for_end()
    assert leave_nothing(before, mounts)


def test_somebody_who_is_not_root_uses_sudo(the_host):
    guest = the_host.person('guest')
    pathlib.Path('/etc/sudoers.d', guest.name).write_text(f'{guest.name} ALL=(ALL) NOPASSWD: ALL\n', encoding='ascii')
    mounts = pathlib.Path('/proc/mounts').read_text(encoding='utf-8')
    as_guest = ['setpriv', '--reuid', guest.uid, '--regid', guest.uid, '--init-groups']
    with Screen(*as_guest, ROOT / 'demo/run', BUILD) as terminal:
        terminal.wait_for('Say: sudo demo/run')
    before = set(processes_of(''))
    with Screen(*as_guest, 'sudo', ROOT / 'demo/run', BUILD, lines=40) as terminal:
        terminal.wait_for(r'Passcode or option \(1-3\):')
        for process in set(processes_of('sudo')) - before:
            with contextlib.suppress(ProcessLookupError):  # it went with the one before
                os.kill(process, signal.SIGKILL)
        terminal.wait_for_end()
    assert leave_nothing(before, mounts)
