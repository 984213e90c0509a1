"""What the module does inside sshd, sudo and su, seen from the kernel: each call of it is traced with its stack."""
import itertools
import os
import pathlib
import re
import subprocess
import time

import pytest

from ceremonies import enrol
from terminal import CODE, SshTerminal, Terminal

MODULE = 'pam_ssp_mfa.so'
# What may be opened: two files of /proc, and what libc opens for syslog(3), getpwnam(3) and getgrouplist(3).
ALLOWED = re.compile(r'/proc/self/(sessionid|stat)|/dev/log|/etc/(passwd|group|nsswitch\.conf|localtime|ld\.so\.cache|host\.conf)'
                     r'|/(usr/)?lib/x86_64-linux-gnu/.*|/(usr/)?lib/libnss_\S+'
                     r'|/(var/)?run/(nscd/socket|ssp-mfa(/signin\.sock)?|systemd/userdb\S*)|/run|/')
HOSTILE = {'LD_PRELOAD': '/tmp/evil.so', 'LD_LIBRARY_PATH': '/tmp', 'LD_AUDIT': '/tmp/evil.so', 'HOME': '/tmp/evil',
           'XDG_CONFIG_HOME': '/tmp/evil', 'XDG_RUNTIME_DIR': '/tmp/evil', 'TMPDIR': '/tmp/evil', 'TZ': ':/tmp/evil/zone',
           'LANG': '../../tmp/evil', 'LC_ALL': '../../tmp/evil', 'LOCPATH': '/tmp/evil', 'NLSPATH': '/tmp/evil/%N',
           'MALLOC_CHECK_': '3', 'MALLOC_TRACE': '/tmp/evil/trace', 'http_proxy': 'http://127.0.0.1:1/',
           'HOSTALIASES': '/tmp/evil/hosts', 'RES_OPTIONS': 'attempts:1', 'SSP_MFA_SOCKET': '/tmp/evil.sock',
           'SSP_MFA_CONFIG': '/tmp/evil.toml', 'SSH_AUTH_INFO_0': 'publickey ssh-ed25519 AAAA', 'USER': 'root',
           'SSH_CONNECTION': '127.0.0.1 1 127.0.0.1 2', 'SUDO_UID': '0', 'NOTIFY_SOCKET': '/tmp/evil.sock'}


pytestmark = pytest.mark.attack


@pytest.fixture(name='alice', scope='module')
def fixture_alice(host):
    alice = host.person('alice')
    alice.key = alice.new_key()
    enrol(host, alice, 'app', alice.key)
    pathlib.Path('/etc/sudoers.d', alice.name).write_text(f'{alice.name} ALL=(ALL) ALL\n', encoding='ascii')
    return alice


STRACE = ('strace', '-f', '-k', '-qq', '-e', 'trace=%file,%network,%process,%signal,%creds,memfd_create')
# Between the module and the kernel; behind any other frame it is the host that was asked to converse.
BETWEEN = re.compile(r'/(libc|libpam|ld-linux[\w-]*|libnss_\w+)\.so')


class Trace:
    """What strace -k wrote: calls, each with its stack below it. Only those that come from the module count."""

    def __init__(self, file):
        self.calls = []
        block = []
        for line in [*pathlib.Path(file).read_text(encoding='utf-8', errors='replace').splitlines(), '']:
            if not line.startswith(' > '):
                frames = block[1:]
                inner = list(itertools.takewhile(lambda frame: MODULE not in frame, frames))
                if len(inner) < len(frames) and all(map(BETWEEN.search, inner)):
                    self.calls.append(block[0])
                block = [line]
            else:
                block.append(line)

    def names(self):
        return {found[1] for call in self.calls if (found := re.search(r'(\w+)\(', call))}

    def paths(self):
        return {found for call in self.calls for found in re.findall(r'"(/[^"]*)"', call)}


def is_root_s_alone(path):
    """Whether nobody but root can put something else in the place of a path."""
    for part in (pathlib.Path(path), *pathlib.Path(path).parents):
        if part.exists() and not str(part).startswith(('/proc', '/dev')):
            status = part.stat()
            if status.st_uid != 0 or (status.st_mode & 0o022 and part.is_dir()):
                return False
    return True


def check(trace):
    assert 'connect' in trace.names(), trace.calls  # the trace has seen the module
    foreign = {path for path in trace.paths() if not ALLOWED.fullmatch(path)}
    assert not foreign, foreign
    assert all(map(is_root_s_alone, trace.paths()))
    writing = [call for call in trace.calls if re.search(r'O_(WRONLY|RDWR|CREAT|TRUNC|APPEND)', call)]
    assert not writing, writing
    opened = [call for call in trace.calls if re.search(r'\bopen(at)?\(', call)]
    assert opened and all('O_CLOEXEC' in call for call in opened), opened
    sockets = [call for call in trace.calls if re.search(r'\bsocket\(', call)]
    assert sockets and all('SOCK_CLOEXEC' in call and 'AF_UNIX' in call for call in sockets), sockets
    assert not trace.names() & {'fork', 'vfork', 'clone', 'clone3', 'execve', 'kill', 'unlink', 'unlinkat', 'rename',
                                'rename2', 'chmod', 'fchmod', 'chown', 'fchown', 'setuid', 'setreuid', 'setresuid',
                                'rt_sigaction', 'rt_sigprocmask', 'mkdir', 'alarm', 'setitimer'} - SIGNALS_OF_SYSLOG


# syslog(3) of glibc 2.36 ignores SIGPIPE while it writes, and puts back what was there.
SIGNALS_OF_SYSLOG = {'rt_sigaction', 'rt_sigprocmask'}


def test_under_sshd_the_module_opens_its_socket_and_nothing_of_anybody_s(host, alice, tmp_path):
    file = tmp_path / 'trace'
    with subprocess.Popen([*STRACE, '-o', file, '-p', str(host.sshd.pid)], stderr=subprocess.PIPE, text=True) as tracer:
        while not re.search(r'TracerPid:\s+[1-9]', pathlib.Path(f'/proc/{host.sshd.pid}/status').read_text()):
            assert tracer.poll() is None, tracer.stderr.read()
            time.sleep(0.01)
        with SshTerminal(alice, alice.key, timeout=120) as ssh:
            ssh.answer(CODE, alice.recovery_codes.pop())
            ssh.answer('y or n', 'n')
            ssh.is_in()
        tracer.terminate()
    check(Trace(file))


@pytest.mark.parametrize('command', [('sudo', '-k', 'id', '-un'), ('su', 'ALICE', '-c', 'id -un')])
def test_under_sudo_and_su_a_hostile_environment_changes_nothing(alice, tmp_path, command):
    evil = pathlib.Path('/tmp/evil')
    evil.mkdir(exist_ok=True)
    file = tmp_path / 'trace'
    words = [alice.name if word == 'ALICE' else word for word in command]
    env = [word for name, value in HOSTILE.items() for word in ('-E', f'{name}={value}')]
    with Terminal(*STRACE, '-u', alice.name, *env, '-o', file, *words, timeout=120) as terminal:
        terminal.answer('(?i)password', alice.password)
        terminal.answer(CODE, alice.recovery_codes.pop())
        said, status = terminal.ended()
    assert status == 0 and ('root' if words[0] == 'sudo' else alice.name) in said, said
    check(Trace(file))
    assert not os.listdir(evil)
