"""The account lines: who came past the second factor is refused there, and what never asks for one is not."""
import pathlib
import subprocess

import pytest

from ceremonies import enrol
from terminal import CODE, Terminal, ssh_without_terminal, ssh_words


@pytest.fixture(name='alice', scope='module')
def fixture_alice(host):
    alice = host.person('alice')
    alice.key = alice.new_key()
    enrol(host, alice, 'app', alice.key)
    return alice


def test_a_key_alone_is_refused_when_sshd_was_told_that_it_is_enough(host, alice):
    host.start_sshd('AuthenticationMethods publickey')
    try:
        done = ssh_without_terminal(alice, alice.key)
        assert done.returncode == 255 and 'You are in.' not in done.stdout
    finally:
        host.start_sshd()


@pytest.mark.parametrize('service', ['cron', 'systemd-user', 'atd'])
def test_jobs_are_not_touched(alice, service):
    """These ask the account and session lines alone; those that Debian shares do not have ours."""
    file = pathlib.Path('/etc/pam.d', service)
    if not file.exists():
        file.write_text('@include common-account\n@include common-session-noninteractive\n', encoding='ascii')
    done = subprocess.run(['pamtester', service, alice.name, 'acct_mgmt', 'open_session', 'close_session'],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_service_that_asks_for_evidence_refuses_who_shows_none(alice):
    done = subprocess.run(['pamtester', 'sshd', alice.name, 'acct_mgmt'], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)
    assert done.returncode != 0


def test_sudo_within_its_time_stamp_and_without_password_is_not_touched(alice):
    sudoers = pathlib.Path('/etc/sudoers.d', alice.name)
    sudoers.write_text(f'{alice.name} ALL=(ALL) ALL\n{alice.name} ALL=(ALL) NOPASSWD: /usr/bin/id\n', encoding='ascii')
    command = 'sudo id -un; sudo echo first time; sudo -n echo second time'
    with Terminal('ssh', '-tt', *ssh_words(alice, alice.key), 'bastion', command) as ssh:
        ssh.answer(CODE, alice.recovery_codes[0])
        ssh.answer('y or n', 'n')
        asked = ssh.answer(r'\[sudo\] password', alice.password)
        assert 'root' in asked, 'NOPASSWD asked something'
        ssh.answer(CODE, alice.recovery_codes[1])
        said, status = ssh.ended()
    assert status == 0 and 'first time' in said and 'second time' in said
