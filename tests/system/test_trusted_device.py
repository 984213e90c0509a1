"""What "Do not challenge me on this device" covers, and what it does not."""
import os
import pathlib
import shutil
import subprocess
import time

import paramiko
import pytest

from ceremonies import enrol, is_challenged, is_let_in_unasked, new_app_code
from host import KNOWN_HOSTS, run, shared_library
from terminal import CLIENT, CODE, OPTION, SshTerminal, Terminal, ssh_without_terminal

FAKETIME = next(pathlib.Path('/usr/lib').glob('*/faketime/libfaketimeMT.so.1'), None)


@pytest.fixture(name='alice', scope='module')
def fixture_alice(host):
    """Has said "y" once, and is asked nothing from then on."""
    alice = host.person('alice')
    alice.key = alice.new_key()
    enrol(host, alice, 'app', alice.key, trust='y')
    return alice


def trusting(host, name='bob'):
    person = host.person(name)
    person.key = person.new_key()
    enrol(host, person, 'app', person.key, trust='y')
    assert is_let_in_unasked(ssh_without_terminal(person, person.key))
    return person


def client(*command, cwd=None, env=None):
    """A client that has no terminal to ask on."""
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          start_new_session=True, timeout=60, check=False, cwd=cwd,
                          env={**os.environ, **(env or {})})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def options(person):
    return [*CLIENT, '-o', 'IdentitiesOnly=yes', '-i', person.key, '-o', f'User={person.name}']


def test_ssh_without_a_terminal_is_asked_nothing(alice):
    assert is_let_in_unasked(ssh_without_terminal(alice, alice.key))


def test_scp_is_asked_nothing(alice, tmp_path):
    (tmp_path / 'here').write_text('carried\n', encoding='ascii')
    client('scp', *options(alice), tmp_path / 'here', 'bastion:there')
    assert (alice.home / 'there').read_text(encoding='ascii') == 'carried\n'


def test_rsync_is_asked_nothing(alice, tmp_path):
    (tmp_path / 'here').write_text('carried\n', encoding='ascii')
    shell = ' '.join(map(str, ['ssh', *options(alice)]))
    client('rsync', '-e', shell, tmp_path / 'here', 'bastion:synchronised')
    assert (alice.home / 'synchronised').exists()


def test_git_over_ssh_is_asked_nothing(alice, tmp_path):
    assert alice.run('git', 'init', '-q', '--bare', alice.home / 'repository').returncode == 0
    shell = ' '.join(map(str, ['ssh', *options(alice)]))
    client('git', 'clone', '-q', f'bastion:{alice.home}/repository', tmp_path / 'clone',
           env={'GIT_SSH_COMMAND': shell})
    assert (tmp_path / 'clone/.git').is_dir()


def test_plink_is_asked_nothing(alice, tmp_path):
    client('puttygen', alice.key, '-O', 'private', '-o', tmp_path / 'key.ppk')
    host_key = run('ssh-keygen', '-l', '-f', '/etc/ssh/ssh_host_ed25519_key.pub').split()[1]
    said = client('plink', '-batch', '-ssh', '-hostkey', host_key, '-i', tmp_path / 'key.ppk', '-l', alice.name,
                  'bastion', 'echo You are in.')
    assert 'You are in.' in said


def test_paramiko_is_asked_nothing(alice):
    with paramiko.SSHClient() as ssh:
        ssh.load_host_keys(str(KNOWN_HOSTS))
        ssh.connect('bastion', username=alice.name, key_filename=str(alice.key), allow_agent=False,
                    look_for_keys=False)
        assert ssh.exec_command('echo You are in.')[1].read() == b'You are in.\n'


def test_another_key_of_the_same_person_is_challenged(alice):
    assert is_challenged(alice, alice.new_key('other'))


def test_the_key_of_a_trusted_device_does_not_help_another_person(host, alice):
    mallory = host.person('mallory')
    enrol(host, mallory, 'app', mallory.new_key())
    mallory.authorize(alice.key.with_suffix('.pub').read_text(encoding='ascii'))
    assert is_challenged(mallory, alice.key)


def test_the_password_alone_is_challenged(alice):
    with SshTerminal(alice) as ssh:
        ssh.log_in()
        ssh.question(CODE)
        ssh.hang_up()


def test_sudo_is_challenged_on_a_trusted_device(host, alice):
    pathlib.Path('/etc/sudoers.d', alice.name).write_text(f'{alice.name} ALL=(ALL) ALL\n', encoding='ascii')
    with Terminal('ssh', '-tt', *options(alice), 'bastion', 'sudo', 'echo', 'You are root.') as ssh:
        ssh.answer(r'\[sudo\] password', alice.password)
        ssh.answer(CODE, alice.recovery_codes[0])
        said, status = ssh.ended()
    assert 'You are root.' in said and status == 0


def test_a_reissued_certificate_of_the_same_key_is_the_same_device(host, tmp_path):
    authority = tmp_path / 'authority'
    run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', authority)
    person = host.person('cert')
    person.key = person.new_key()
    public = person.key.with_name(person.key.name + '.pub')
    certificate = person.key.with_name(person.key.name + '-cert.pub')
    (person.home / '.ssh/authorized_keys').write_text(
        f'cert-authority {authority.with_suffix(".pub").read_text(encoding="ascii")}', encoding='ascii')

    def issue(serial):
        run('ssh-keygen', '-q', '-s', authority, '-I', f'issue {serial}', '-n', person.name, '-z', serial,
            '-V', '-1m:+10m', public)
        return certificate.read_bytes()

    first = issue(4242)
    enrol(host, person, 'app', person.key, trust='y')
    assert is_let_in_unasked(ssh_without_terminal(person, person.key))
    assert issue(4243) != first
    assert is_let_in_unasked(ssh_without_terminal(person, person.key))


def test_a_device_that_its_owner_revoked_is_challenged(host):
    person = trusting(host)
    listed = person.run('ssp-mfa', 'devices')
    assert 'SSH key ending' in listed.stdout, listed.stderr
    words = ['setpriv', '--reuid', person.uid, '--regid', person.uid, '--init-groups', 'ssp-mfa', 'devices']
    number = host.json(person.run('ssp-mfa', 'devices', '--json').stdout)[0]['id']
    with Terminal(*words, 'revoke', number) as command:
        command.answer(CODE, person.recovery_codes[0])
        assert command.ended()[1] == 0
    assert is_challenged(person, person.key)


def test_devices_that_the_desk_made_the_host_forget_are_challenged(host):
    person = trusting(host)
    run('ssp-mfa', 'user', 'forget', person.name, '--reason=lost laptop')
    assert is_challenged(person, person.key)


def test_a_changed_phone_ends_trust(host):
    person = trusting(host)
    run('ssp-mfa', 'user', 'reset', person.name, '--reason=new phone')
    with SshTerminal(person, person.key) as ssh:
        assert 'Set up multi-factor' in ssh.question(OPTION)
        ssh.hang_up()
    time.sleep(0.1)
    enrol(host, person, 'app', person.key, trust='n')
    assert is_challenged(person, person.key)


def test_a_changed_password_ends_trust(host):
    person = trusting(host)
    new = 'Battery-Staple-2077'
    host.secrets.note('password', new)
    with Terminal('setpriv', '--reuid', person.uid, '--regid', person.uid, '--init-groups', 'passwd') as passwd:
        passwd.answer('Current password', person.password)
        passwd.answer('New password', new)
        passwd.answer('Retype new password', new)
        assert passwd.ended()[1] == 0, passwd.shown
    assert is_challenged(person, person.key)


@pytest.mark.skipif('SSP_PLAIN_BUILD' not in os.environ, reason='needs --plain-build: no faketime with sanitizers')
def test_on_day_31_the_device_is_challenged_and_on_day_29_it_is_not(host, alice):
    program = '/usr/local/sbin/ssp-mfad'
    shutil.copy(pathlib.Path(os.environ['SSP_PLAIN_BUILD'], 'helper/ssp-mfad'), program)
    preloaded = f'LD_PRELOAD={shared_library("real_timerfd.c", "/usr/local/lib/real_timerfd.so")} {FAKETIME}'

    def move_to(day):
        host.helper.stop()
        host.helper.start(['/usr/bin/env', preloaded, f'FAKETIME=+{day}d', 'FAKETIME_DONT_FAKE_MONOTONIC=1', program])

    try:
        move_to(29)
        assert is_let_in_unasked(ssh_without_terminal(alice, alice.key))
        move_to(31)
        assert is_challenged(alice, alice.key)
        with SshTerminal(alice, alice.key) as ssh:
            ssh.answer(CODE, alice.recovery_codes[1])
            assert 'Do not challenge me on this device for the next 30 days?' in ssh.answer('y or n', 'n')
            ssh.is_in()
    finally:
        host.start_over()
