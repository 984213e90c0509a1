"""A Debian host of our own that nobody else sees: namespaces, and mounts inside them.

/etc, /usr and /var are overlays whose upper layers lie in memory; /run, /home, /root and /tmp are empty and in
memory; the network is a loopback device and nothing more. Programs can be installed, people added and daemons
started at their real names. All of it is gone with the first process of the process namespace, however that
ends: nothing was written outside.
"""
import ctypes
import fcntl
import os
import pathlib
import pwd
import shutil
import signal
import socket
import struct
import subprocess
import sys

PR_SET_PDEATHSIG = 1
SIOCSIFFLAGS = 0x8914
IFF_UP = 1

LAYERS = pathlib.Path('/run/layers')
OVERLAID = ('/etc', '/usr', '/var')
# What a real installation on this machine has. It is not ours, and its providers reach real telephones.
FORGOTTEN = ('/etc/ssp-mfa', '/var/lib/ssp-mfa')
EMPTY = {'/home': '0755', '/root': '0700', '/tmp': '1777'}


def isolate(program, arguments):
    """Becomes unshare(1), which starts `program` again as the first process of new namespaces.

    Needs root. When this process is killed, or the one that started it, the kernel kills the rest.
    """
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.execv('/usr/bin/unshare', [
        'unshare', '--mount', '--propagation', 'private', '--net', '--ipc', '--uts', '--pid', '--fork',
        '--kill-child', '--mount-proc', '--', sys.executable, program, *arguments])


def mount(*words):
    subprocess.run(['/usr/bin/mount', *words], check=True)


def mount_memory(path, mode):
    mount('-t', 'tmpfs', '-o', f'mode={mode}', 'none', path)


def overlay(path):
    """Writes below `path` go to memory from here on."""
    layer = LAYERS / str(path).strip('/').replace('/', '-')
    for part in ('upper', 'work'):
        (layer / part).mkdir(parents=True)
    options = f'lowerdir={path},upperdir={layer / "upper"},workdir={layer / "work"}'
    mount('-t', 'overlay', '-o', options, 'overlay', path)


def furnish(host_name, keep):
    """Makes the private host out of these namespaces. `keep`: folders that must stay visible where they are,
    whatever is emptied above them."""
    covered = [os.path.realpath(path) for path in keep]
    kept = []
    mount_memory('/run', '0755')
    LAYERS.mkdir(mode=0o700)
    for path in covered:
        if path.startswith(tuple(f'{above}/' for above in EMPTY)):
            hold = LAYERS / f'kept-{len(kept)}'
            hold.mkdir()
            mount('--bind', path, hold)
            kept.append((hold, path))
    for path in OVERLAID:
        overlay(path)
    for path, mode in EMPTY.items():
        mount_memory(path, mode)
    for hold, path in kept:
        os.makedirs(path, exist_ok=True)
        mount('--move', hold, path)
    forget()
    for folder in ('/run/lock', '/run/sshd', '/run/user'):
        os.mkdir(folder)
    socket.sethostname(host_name)
    pathlib.Path('/etc/hosts').write_text(f'127.0.0.1 localhost {host_name}\n', encoding='ascii')
    pathlib.Path('/etc/hostname').write_text(f'{host_name}\n', encoding='ascii')
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack('16sH14x', b'lo', IFF_UP))


def forget(root='/'):
    """Takes this machine's installation and its people out of the private host, so that names are free."""
    for path in FORGOTTEN:
        shutil.rmtree(root + path, ignore_errors=True)
    people = {entry.pw_name for entry in pwd.getpwall() if 1000 <= entry.pw_uid < 60000}
    for name in ('passwd', 'shadow', 'group', 'gshadow', 'subuid', 'subgid'):
        file = pathlib.Path(root, 'etc', name)
        if file.exists():
            kept = [line for line in file.read_text(encoding='utf-8').splitlines(keepends=True)
                    if line.partition(':')[0] not in people]
            file.write_text(''.join(kept), encoding='utf-8')


def private_devices():
    """A /dev of our own, in which /dev/log can be made."""
    outside = LAYERS / 'dev'
    outside.mkdir()
    mount('--rbind', '/dev', outside)
    mount_memory('/dev', '0755')
    for name in ('null', 'zero', 'full', 'random', 'urandom', 'tty'):
        pathlib.Path('/dev', name).touch()
        mount('--bind', outside / name, f'/dev/{name}')
    for name in ('pts', 'shm'):
        os.mkdir(f'/dev/{name}')
    mount('--rbind', outside / 'pts', '/dev/pts')
    mount_memory('/dev/shm', '1777')
    for name, target in {'ptmx': 'pts/ptmx', 'fd': '/proc/self/fd', 'stdin': 'fd/0', 'stdout': 'fd/1',
                         'stderr': 'fd/2'}.items():
        os.symlink(target, f'/dev/{name}')


def install(build, destination=''):
    """Installs what is in a build folder. meson writes a log there: overlay() it first."""
    subprocess.run(['/usr/bin/meson', 'install', '-C', build, '--no-rebuild', '--quiet'], check=True,
                   env={**environment(), 'DESTDIR': destination})


def environment():
    """What programs on the private host start with."""
    return {'PATH': '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOME': '/root',
            'LANG': 'C.UTF-8', 'TERM': os.environ.get('TERM') or 'xterm', 'PYTHONDONTWRITEBYTECODE': '1'}


def run_as_init(command, env):
    """Runs `command` and reaps whatever is orphaned meanwhile; returns the exit status of `command`."""
    with subprocess.Popen(command, env=env) as child:
        while True:
            pid, status = os.wait()
            if pid == child.pid:
                child.returncode = os.waitstatus_to_exitcode(status)
                return child.returncode if child.returncode >= 0 else 128 - child.returncode
