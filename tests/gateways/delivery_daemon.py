"""ssp-mfa-deliveryd with a configuration of its own, started as systemd starts it. Needs no root."""
import contextlib
import os
import pathlib
import pwd
import signal
import socket
import subprocess

FIRST = 3  # SD_LISTEN_FDS_START
NOBODY = 65534


def is_root():
    return os.getuid() == 0


def start(program, folder, log):
    """A child that is the daemon, with the listening socket of `folder`/delivery.sock. It refuses to be root, so that
    for root it is nobody, and serves root; else it serves whoever runs this."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    listening.bind(str(folder / 'delivery.sock'))
    os.chmod(folder / 'delivery.sock', 0o666)
    listening.listen(64)
    inherited = listening.fileno()
    child = os.fork()
    if child != 0:
        listening.close()
        return child
    try:
        if is_root():
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        kept = os.dup(inherited) if inherited == FIRST else inherited
        os.dup2(kept, FIRST, inheritable=True)
        os.closerange(FIRST + 1, 4096)
        env = {'PATH': '/usr/bin:/bin', 'LISTEN_PID': str(os.getpid()), 'LISTEN_FDS': '1',
               'ASAN_OPTIONS': 'disable_coredump=1', 'UBSAN_OPTIONS': 'print_stacktrace=1'}
        os.execve(program, [program, '--config', str(folder / 'ssp-mfa.toml')], env)
    finally:
        os._exit(127)


def give_away(path, mode):
    """To the user that the daemon runs as."""
    if is_root():
        os.chown(path, 0, NOBODY)
    os.chmod(path, mode)


def write(path, text, mode=0o640):
    path.parent.mkdir(exist_ok=True)
    give_away(path.parent, 0o750)
    path.write_text(text, encoding='utf-8')
    give_away(path, mode)


class Daemon:
    """`folder`: its own, empty. `providers`: file name -> content; `secrets`: likewise."""

    def __init__(self, program, folder, providers, secrets):
        self.folder = pathlib.Path(folder)
        self.log_file = self.folder / 'log'
        give_away(self.folder, 0o750)
        served = 'nobody' if is_root() else pwd.getpwuid(os.getuid()).pw_name
        write(self.folder / 'ssp-mfa.toml', f'user = "{served}"\n')
        for name, text in providers.items():
            write(self.folder / 'providers.d' / name, text)
        for name, text in secrets.items():
            write(self.folder / 'secrets' / name, text)
        with self.log_file.open('wb') as log:
            self.child = start(program, self.folder, log)

    @property
    def socket(self):
        return self.folder / 'delivery.sock'

    @property
    def log(self):
        return self.log_file.read_text(encoding='utf-8', errors='replace')

    def stop(self):
        """Returns its exit status; it is killed after it had its time."""
        if self.child is None:
            return None
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.child, signal.SIGTERM)
        _, status = os.waitpid(self.child, 0)
        self.child = None
        return os.waitstatus_to_exitcode(status)


def check(program, folder):
    """What the daemon says about the configuration in `folder`: "" when nothing."""
    said = subprocess.run([program, '--config', folder / 'ssp-mfa.toml', '--check'], capture_output=True, text=True,
                          check=False)
    return '' if said.returncode == 0 else said.stdout + said.stderr
