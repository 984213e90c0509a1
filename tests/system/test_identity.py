"""Who a person is: the uid and the canonical name together, never what was typed."""
import copy
import pathlib
import re

import pytest

from ceremonies import enrol, is_challenged, is_let_in_unasked
from host import run, shared_library
from terminal import CODE, ENTER, OPTION, SshTerminal, ssh_without_terminal


@pytest.fixture(name='corporate_names', scope='module')
def fixture_corporate_names(host):
    """A name service for which ALICE and alice@corp are alice, behind the files."""
    architecture = run('gcc', '-print-multiarch').strip() if pathlib.Path('/usr/bin/gcc').exists() else \
        run('clang', '-print-multiarch').strip()
    shared_library('libnss_corp.c', f'/usr/lib/{architecture}/libnss_corp.so.2')
    switch = pathlib.Path('/etc/nsswitch.conf')
    before = switch.read_text(encoding='ascii')
    switch.write_text(re.sub(r'^(passwd|shadow):.*', r'\1: files corp', before, flags=re.MULTILINE), encoding='ascii')
    host.start_sshd()
    yield
    switch.write_text(before, encoding='ascii')
    host.start_sshd()


@pytest.mark.parametrize('typed', [str.upper, '{}@corp'.format])
def test_another_spelling_of_the_name_is_the_same_person(host, corporate_names, typed):
    alice = host.person('alice')
    key, other = alice.new_key(), alice.new_key('other')
    enrol(host, alice, 'app', key, trust='y')
    spelled = copy.copy(alice)
    spelled.name = typed(alice.name)
    assert is_let_in_unasked(ssh_without_terminal(spelled, key))
    assert is_challenged(spelled, other)
    with SshTerminal(spelled) as ssh:
        ssh.log_in()
        ssh.answer(CODE, alice.recovery_codes[0])
        ssh.is_in()
    assert host.shown(alice)['recovery_codes_left'] == str(len(alice.recovery_codes) - 1)


def is_turned_away(person, key):
    with SshTerminal(person, key, once=True) as ssh:
        told = ssh.answer(ENTER, '')
        ssh.is_refused()
    return 'This account changed since it was set up' in told


def test_a_reused_uid_is_refused(host):
    alice = host.person('alice')
    enrol(host, alice, 'app', alice.new_key())
    run('userdel', '-r', alice.name)
    run('useradd', '-m', '-s', '/bin/bash', '-u', alice.uid, f'{alice.name}new')
    successor = copy.copy(alice)
    successor.name = f'{alice.name}new'
    successor.home = pathlib.Path('/home', successor.name)
    assert is_turned_away(successor, successor.new_key())


def test_a_reused_name_is_refused_until_the_desk_resets_it(host):
    alice = host.person('alice')
    enrol(host, alice, 'app', alice.new_key())
    run('userdel', '-r', alice.name)
    alice.uid += 20000
    run('useradd', '-m', '-s', '/bin/bash', '-u', alice.uid, alice.name)
    key = alice.new_key('new')
    assert is_turned_away(alice, key)
    run('ssp-mfa', 'user', 'reset', alice.name, '--reason=account was made anew')
    with SshTerminal(alice, key) as ssh:
        assert 'Set up multi-factor' in ssh.question(OPTION)
        ssh.hang_up()
