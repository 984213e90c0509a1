"""`make demo`, driven as a person would: a terminal, typing, and a kill -9."""
import os
import pathlib
import re
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


def test_the_demo_shows_a_sign_in_and_the_phone_beside_it():
    before = set(processes_of(''))
    mounts = pathlib.Path('/proc/mounts').read_text(encoding='utf-8')
    with demo(lines=40) as terminal:
        terminal.wait_for(r'Passcode or option \(1-3\):')
        assert 'Messages and calls appear here.' in terminal.text()
        terminal.type('1')
        terminal.wait_for('Mobile phone number')
        terminal.type('205 555 0123')
        code = re.search(r'text to \+12055550123: \w\w (\d{6})', terminal.wait_for(r'text to \+12055550123'))[1]
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
        terminal.wait_for('Pane is dead')
    assert set(processes_of('')) - before == set()
    assert pathlib.Path('/proc/mounts').read_text(encoding='utf-8') == mounts


def test_a_small_terminal_has_the_messages_in_between():
    with demo(lines=24) as terminal:
        terminal.wait_for(r'Passcode or option \(1-3\):')
        terminal.type('2')
        terminal.wait_for('Phone number')
        terminal.type('205 555 0123')
        code = re.search(r'says: ((?:\d ){4}\d)', terminal.wait_for('says: '))[1].replace(' ', '')
        terminal.type(code)
        terminal.wait_for('Add one now')


def test_a_killed_demo_leaves_nothing():
    mounts = pathlib.Path('/proc/mounts').read_text(encoding='utf-8')
    before = set(processes_of(''))
    with demo(lines=40) as terminal:
        terminal.wait_for(r'Passcode or option \(1-3\):')
        started = set(processes_of('')) - before
        assert {process for process in processes_of('ssp-mfad') if process in started}
        unshare = [process for process in processes_of('unshare') if process in started]
        assert len(unshare) == 1
        os.kill(unshare[0], 9)
        terminal.wait_for('Pane is dead')
    end = time.monotonic() + 5
    while set(processes_of('')) - before:
        assert time.monotonic() < end, processes_of('')
        time.sleep(0.05)
    assert pathlib.Path('/proc/mounts').read_text(encoding='utf-8') == mounts
    assert not pathlib.Path('/home/alice').exists()
