"""What sshd has proven is read from PAM's environment: nothing that a person writes may get into its place."""
import os
import pathlib

import pytest

from ceremonies import enrol, is_let_in_unasked
from terminal import CODE, SshTerminal, ssh_without_terminal

pytestmark = pytest.mark.attack

STACK = pathlib.Path('/etc/pam.d/sshd')
OURS = 'session required                    pam_ssp_mfa.so'


@pytest.fixture(name='alice', scope='module')
def fixture_alice(host):
    """Her first key is a trusted device; what sshd says of it is in `trusted`. The other one is not."""
    alice = host.person('alice')
    alice.key, alice.other_key = alice.new_key(), alice.new_key('other')
    enrol(host, alice, 'app', alice.key, trust='y')
    public = alice.key.with_name(f'{alice.key.name}.pub').read_text(encoding='ascii').split()
    alice.trusted = f'publickey {public[0]} {public[1]}'
    return alice


def write(person, name, text):
    path = person.home / name
    path.write_text(text, encoding='ascii')
    os.chown(path, person.uid, person.uid)


def test_a_variable_that_the_client_or_the_person_sets_names_no_device(host, alice):
    write(alice, '.ssh/environment', f'SSH_AUTH_INFO_0={alice.trusted}\n')
    write(alice, '.pam_environment', f'SSH_AUTH_INFO_0 DEFAULT="{alice.trusted}"\n')
    host.start_sshd('AcceptEnv *', 'PermitUserEnvironment yes')
    try:
        assert is_let_in_unasked(ssh_without_terminal(alice, alice.key))
        for key in (alice.other_key, None):
            with SshTerminal(alice, key, options=[f'SetEnv=SSH_AUTH_INFO_0="{alice.trusted}"']) as ssh:
                if key is None:
                    ssh.log_in()
                ssh.question(CODE)
                ssh.hang_up()
    finally:
        (alice.home / '.pam_environment').unlink()
        host.start_sshd()


def session_with(host, alice, stack):
    """Whether the other key alone opens a session where a trusted key is demanded."""
    before = STACK.read_text(encoding='ascii')
    write(alice, '.pam_environment', 'SSH_AUTH_INFO_0 DEFAULT=keyboard-interactive/pam\n')
    STACK.write_text('\n'.join(stack) + '\n', encoding='ascii')
    host.start_sshd('AuthenticationMethods publickey')
    try:
        assert is_let_in_unasked(ssh_without_terminal(alice, alice.key))
        return is_let_in_unasked(ssh_without_terminal(alice, alice.other_key))
    finally:
        (alice.home / '.pam_environment').unlink()
        STACK.write_text(before, encoding='ascii')
        host.start_sshd()


def test_a_file_of_the_person_opens_no_session_where_the_line_stands_as_the_example_has_it(host, alice):
    """pam_env(8) reads ~/.pam_environment in the session lines of Debian's sshd: ours stands before it."""
    lines = [line for line in STACK.read_text(encoding='ascii').splitlines() if 'require_mfa_evidence' not in line]
    demanding = f'{OURS} require_trusted_key'
    where = next(number for number, line in enumerate(lines) if line.startswith(OURS))
    assert not session_with(host, alice, [*lines[:where], demanding, *lines[where + 1:]])
    # pam_ssp_mfa(8) says what a line behind pam_env is worth, and this test that it would have noticed.
    del lines[where]
    behind = max(number for number, line in enumerate(lines) if 'user_readenv' in line) + 1
    assert session_with(host, alice, [*lines[:behind], demanding, *lines[behind:]])
