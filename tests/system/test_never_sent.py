"""Nothing is sent that nobody asked for, and whoever only knocks does not hurt the person."""
import concurrent.futures
import pathlib
import socket

import paramiko
import pytest

from ceremonies import enrol
from host import KNOWN_HOSTS
from person import Person
from terminal import OPTION, SshTerminal, Terminal, ssh_without_terminal


@pytest.fixture(name='alice', scope='module')
def fixture_alice(host):
    """Has a telephone; whoever signs in as her is asked for a code."""
    alice = host.person('alice')
    alice.key = alice.new_key()
    enrol(host, alice, 'text', alice.key)
    return alice


@pytest.fixture(autouse=True)
def nothing_sent(host, alice):
    """Checks that the test caused no message and no call."""
    before = host.outbox.messages()
    yield
    assert host.outbox.messages() == before


def test_a_client_without_a_terminal_causes_no_message(host, alice):
    assert ssh_without_terminal(alice, alice.key).returncode == 255
    newcomer = host.person('newcomer')
    done = ssh_without_terminal(newcomer, newcomer.new_key())
    assert done.returncode == 255 and 'nothing was typed' in done.stderr


def test_somebody_unknown_causes_no_message(host):
    stranger = Person('nosuch', uid=0, number='')
    with SshTerminal(stranger, once=True) as ssh:
        ssh.log_in()
        said = ssh.is_refused()
    assert 'Permission denied' in said and 'code' not in ssh.shown


def test_a_wrong_password_causes_no_question_and_no_message(alice):
    with SshTerminal(alice, once=True) as ssh:
        ssh.answer('Password', 'not-the-password')
        assert 'Permission denied' in ssh.is_refused()
    assert 'code' not in ssh.shown


def wrong_password_at(*command):
    """Answers once with a wrong password; returns everything that was shown."""
    with Terminal(*command) as terminal:
        terminal.answer('(?i)password', 'not-the-password')
        terminal.expect('(?i)sorry|failure|incorrect')
        terminal.hang_up()
    return terminal.shown


def test_a_wrong_password_at_sudo_su_and_login_causes_no_question_and_no_message(host, alice):
    pathlib.Path('/etc/sudoers.d', alice.name).write_text(f'{alice.name} ALL=(ALL) ALL\n', encoding='ascii')
    other = host.person('other')
    for command in (('setpriv', '--reuid', alice.name, '--regid', alice.name, '--init-groups', 'sudo', 'id'),
                    ('setpriv', '--reuid', other.name, '--regid', other.name, '--init-groups', 'su', alice.name),
                    ('login', alice.name)):
        shown = wrong_password_at(*command)
        assert 'Passcode' not in shown and 'code' not in shown


def test_sshd_s_password_method_is_refused_and_causes_no_message(host, alice):
    host.start_sshd('PasswordAuthentication yes', 'AuthenticationMethods password', 'KbdInteractiveAuthentication no')
    try:
        with SshTerminal(alice, once=True, options=['PreferredAuthentications=password']) as ssh:
            ssh.answer('password', alice.password)
            ssh.is_refused()
        assert 'code' not in ssh.shown
    finally:
        host.start_sshd()


def test_the_answers_that_sshd_makes_up_for_root_cause_no_message(host, alice):
    folder = pathlib.Path('/root/.ssh')
    folder.mkdir(mode=0o700)
    (folder / 'authorized_keys').write_bytes(alice.key.with_name(alice.key.name + '.pub').read_bytes())
    host.start_sshd('PermitRootLogin prohibit-password')
    try:
        with SshTerminal('root', alice.key, once=True) as ssh:
            ssh.answer(OPTION, '1')
            assert 'no code was typed' in ssh.is_refused()
    finally:
        host.start_sshd()


def test_somebody_whom_sshd_does_not_let_in_causes_no_message(host, alice):
    host.start_sshd(f'DenyUsers {alice.name}')
    try:
        with SshTerminal(alice, once=True) as ssh:
            ssh.log_in()
            ssh.is_refused()
        assert 'code' not in ssh.shown
    finally:
        host.start_sshd()


def test_a_sign_in_in_which_nobody_chooses_causes_no_message(alice):
    with SshTerminal(alice, alice.key) as ssh:
        ssh.question(OPTION)
        ssh.hang_up()


def abandon(person):
    """Comes as far as the question, and leaves. Returns the question."""
    key = paramiko.Ed25519Key.from_private_key_file(str(person.key))
    host_key = paramiko.HostKeys(str(KNOWN_HOSTS)).lookup('bastion')
    asked = []
    with socket.create_connection(('bastion', 22)) as connection:
        transport = paramiko.Transport(connection)
        try:
            transport.start_client(timeout=60)
            assert transport.get_remote_server_key() == host_key['ssh-ed25519']
            transport.auth_publickey(person.name, key)

            def leave(_title, _instructions, prompts):
                asked.append(prompts[0][0])
                connection.shutdown(socket.SHUT_RDWR)
                return ['']

            try:
                transport.auth_interactive(person.name, leave)
            except (paramiko.SSHException, EOFError):
                pass
        finally:
            transport.close()
    return asked[0] if asked else ''


def test_200_abandoned_sign_ins_cause_no_message_no_lock_and_no_points(host, alice):
    with concurrent.futures.ThreadPoolExecutor(8) as visitors:
        asked = list(visitors.map(abandon, [alice] * 200))
    assert sum('Passcode or option' in question for question in asked) == 200
    shown = host.shown(alice)
    assert (shown['guess_points'], shown['failures_in_a_row'], shown['locked'], shown['wait_until']) == \
        ('0', '0', 'no', '')
    with SshTerminal(alice, alice.key) as ssh:
        assert 'Passcode or option' in ssh.question(OPTION)
        ssh.hang_up()


def test_a_saved_password_as_an_answer_costs_nothing(host, alice):
    with SshTerminal(alice, alice.key) as ssh:
        ssh.answer(OPTION, alice.password)
        assert 'Your password is not asked for here.' in ssh.answer(OPTION, alice.recovery_codes[0])
        ssh.answer('y or n', 'n')
        ssh.is_in()
    assert host.shown(alice)['guess_points'] == '0'
    newcomer = host.person('newcomer')
    with SshTerminal(newcomer, newcomer.new_key()) as ssh:
        for _ in range(3):
            ssh.answer(OPTION, newcomer.password)
        ssh.hang_up()
