"""What the daemons that serve may do, seen from outside, and what they refuse to start with."""
import contextlib
import ctypes
import errno
import os
import pathlib
import pwd
import re
import resource
import shutil
import signal
import subprocess

import pytest

import daemons

PROGRAMS = pathlib.Path('/usr/libexec/ssp-mfa')
EX_NOPERM = 77
PTRACE_ATTACH = 16
DAEMONS = [('ssp-mfad', daemons.helper), ('ssp-mfa-deliveryd', daemons.delivery)]
# Sanitizers trace themselves.
pytestmark = pytest.mark.skipif('SSP_PLAIN_BUILD' not in os.environ, reason='needs --plain-build')


@pytest.fixture(name='serving', scope='module')
def fixture_serving(the_host):
    """Both daemons without sanitizers, at work."""
    the_host.configure()
    the_host.start_over()
    for daemon, folder in ((the_host.helper, 'helper'), (the_host.delivery, 'helper/delivery')):
        daemon.stop()
        program = PROGRAMS / f'plain-{daemon.name}'
        shutil.copy(pathlib.Path(os.environ['SSP_PLAIN_BUILD'], folder, daemon.name), program)
        daemon.start([program])
    return {'ssp-mfad': the_host.helper, 'ssp-mfa-deliveryd': the_host.delivery}


def status_of(daemon):
    lines = pathlib.Path(f'/proc/{daemon.process.pid}/status').read_text(encoding='ascii').splitlines()
    return {name: value.strip() for name, _, value in (line.partition(':') for line in lines)}


@pytest.mark.parametrize('name', ['ssp-mfad', 'ssp-mfa-deliveryd'])
def test_a_daemon_that_serves_has_no_privileges_and_a_filter_of_calls(serving, name):
    status = status_of(serving[name])
    assert status['NoNewPrivs'] == '1' and status['Seccomp'] == '2'
    for kind in ('CapInh', 'CapPrm', 'CapEff', 'CapAmb'):
        assert int(status[kind], 16) == 0, kind


def attempt_as(user, attempt):
    """What a process of this user gets: 0 or an errno."""
    pid = os.fork()
    if pid == 0:
        person = pwd.getpwnam(user)
        os.setgroups([])
        os.setgid(person.pw_gid)
        os.setuid(person.pw_uid)
        os._exit(attempt())
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def opening(path):
    def attempt():
        try:
            os.close(os.open(path, os.O_RDONLY))
        except OSError as error:
            return error.errno
        return 0
    return attempt


@pytest.mark.parametrize('name, user', [('ssp-mfad', 'ssp-mfa'), ('ssp-mfa-deliveryd', 'ssp-mfa-delivery')])
def test_nobody_of_the_same_user_traces_a_daemon_or_reads_its_memory(serving, name, user):
    pid = serving[name].process.pid
    libc = ctypes.CDLL(None, use_errno=True)

    def trace(whom):
        return lambda: 0 if libc.ptrace(PTRACE_ATTACH, whom, 0, 0) == 0 else ctypes.get_errno()
    with subprocess.Popen(['setpriv', '--reuid', user, '--regid', user, '--clear-groups', 'sleep', '100']) as other:
        try:
            while pathlib.Path(f'/proc/{other.pid}/comm').read_text(encoding='ascii') != 'sleep\n':
                pass
            assert attempt_as(user, trace(other.pid)) == 0  # an ordinary process of that user
            assert attempt_as(user, opening(f'/proc/{other.pid}/environ')) == 0
        finally:
            other.kill()
    assert attempt_as(user, trace(pid)) == errno.EPERM
    for file in ('mem', 'environ', 'maps'):
        assert attempt_as(user, opening(f'/proc/{pid}/{file}')) in (errno.EACCES, errno.EPERM), file
    limits = pathlib.Path(f'/proc/{pid}/limits').read_text(encoding='ascii').splitlines()
    assert next(line for line in limits if line.startswith('Max core file size')).split()[4:6] == ['0', '0']


SMALL = 65536
CRASHING = pathlib.Path('/run/crashing')  # a folder where both users may write


def crash(user, pid, number):
    """Has a process crash, and says whether the kernel wrote a core file. Root lets it dump all it likes, where the
    host of the test may raise a limit."""
    with contextlib.suppress(PermissionError):
        resource.prlimit(pid, resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    os.kill(pid, number)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == number, (user, status)
    return os.WCOREDUMP(status) or any(CRASHING.iterdir())


def started_in_crashing(make, program):
    daemon = make()
    daemon.start(['/bin/sh', '-c', f'cd {CRASHING} && exec {program}'])
    return daemon


@pytest.mark.parametrize('number', [signal.SIGABRT, signal.SIGSEGV])
@pytest.mark.parametrize('name, make', DAEMONS)
def test_a_crash_writes_no_core_file(serving, idle, name, make, number):
    assert serving and idle
    shutil.rmtree(CRASHING, ignore_errors=True)
    CRASHING.mkdir()
    CRASHING.chmod(0o1777)
    daemon = started_in_crashing(make, PROGRAMS / f'plain-{name}')
    limits = pathlib.Path(f'/proc/{daemon.process.pid}/limits').read_text(encoding='ascii')
    assert re.search(r'^Max core file size +0 +0 ', limits, re.MULTILINE)
    assert not crash(daemon.user, daemon.process.pid, number)
    # An ordinary process of that user leaves one here, or there is nothing to see.
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    other = os.fork()
    if other == 0:
        person = pwd.getpwnam(daemon.user)
        os.setgroups([])
        os.setgid(person.pw_gid)
        os.setuid(person.pw_uid)
        os.chdir(CRASHING)
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
        os.execv('/usr/bin/sleep', ['sleep', '100'])
    while pathlib.Path(f'/proc/{other}/comm').read_text(encoding='ascii') != 'sleep\n':
        pass
    dumped = crash(daemon.user, other, number)
    if hard != 0 and pathlib.Path('/proc/sys/kernel/core_pattern').read_bytes()[:1] not in (b'/', b'|'):
        assert dumped


@pytest.mark.parametrize('allowed', [True, False])
@pytest.mark.parametrize('name, make', DAEMONS)
def test_memory_is_locked_where_it_may_be_and_elsewhere_the_journal_says_so(serving, idle, name, make, allowed):
    assert serving and idle
    before = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    if allowed and before[1] != resource.RLIM_INFINITY:
        pytest.skip('this host may not lock memory without a limit')
    daemon = make()
    said = daemon.log.stat().st_size
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (before[1] if allowed else SMALL, before[1]))
    try:
        daemon.start([str(PROGRAMS / f'plain-{name}')])
    finally:
        resource.setrlimit(resource.RLIMIT_MEMLOCK, before)
    locked = int(status_of(daemon)['VmLck'].split()[0])
    words = daemon.log.read_bytes()[said:]
    daemon.stop()
    assert (locked > 0, b'memory is not locked' in words) == (allowed, not allowed)


def refuses(make, command):
    """What the daemon says instead of serving; it ends with EX_NOPERM."""
    daemon = make()
    with pytest.raises(RuntimeError) as refused:
        daemon.start([str(word) for word in command])
    said = str(refused.value)
    assert 'refuses to run' in said, said
    return said


@pytest.fixture(name='idle', scope='module')
def fixture_idle(the_host):
    """The installed daemons, not running."""
    yield the_host.helper.kill(), the_host.delivery.kill()
    the_host.start_over()


@pytest.mark.parametrize('name, make', DAEMONS)
def test_a_daemon_that_others_may_change_refuses_to_start(serving, idle, name, make):
    assert serving and idle
    program = PROGRAMS / f'plain-{name}'
    user = make().user
    for path, spoilt in ((program, 0o775), (PROGRAMS, 0o757)):
        path.chmod(spoilt)
        assert str(path) in refuses(make, [program])
        path.chmod(0o755)
        shutil.chown(path, user)
        assert 'chown root' in refuses(make, [program])
        shutil.chown(path, 'root')
    daemon = make()
    daemon.start([program])
    daemon.stop()


@pytest.mark.parametrize('name, make', DAEMONS)
@pytest.mark.parametrize('capability', ['sys_ptrace', 'net_bind_service'])
def test_a_daemon_with_a_capability_refuses_to_start(serving, idle, name, make, capability):
    """Ambient ones, as AmbientCapabilities= of a unit gives them; the daemon is put there by a shell of root."""
    assert serving and idle
    daemon, program = make(), PROGRAMS / f'plain-{name}'
    done = subprocess.run(['setpriv', '--reuid', daemon.user, '--regid', daemon.user, '--clear-groups', '--inh-caps',
                           f'+{capability}', '--ambient-caps', f'+{capability}', program],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == EX_NOPERM and 'refuses to run with capabilities' in done.stderr, done.stderr


@pytest.mark.parametrize('name', ['ssp-mfad', 'ssp-mfa-deliveryd'])
def test_a_daemon_of_root_refuses_to_start(serving, idle, name):
    assert serving and idle
    done = subprocess.run([PROGRAMS / f'plain-{name}'], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False)
    assert done.returncode == EX_NOPERM and 'refuses to run as root' in done.stderr
