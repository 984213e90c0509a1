"""The two daemons on a private host, started as their units say (conf/systemd)."""
import pathlib
import signal
import socket
import subprocess
import time

ACTIVATE = pathlib.Path(__file__).with_name('activate.py')
SANITIZER = {
    'ASAN_OPTIONS': 'log_path=/var/log/sanitizer/report:log_exe_name=1:disable_coredump=1',
    'UBSAN_OPTIONS': 'log_path=/var/log/sanitizer/report:log_exe_name=1:print_stacktrace=1',
}


class Daemon:
    """One service with its sockets. What it says goes to /var/log/NAME.log."""

    def __init__(self, name, user, sockets):
        self.name = name
        self.user = user
        self.sockets = sockets
        self.log = pathlib.Path(f'/var/log/{name}.log')
        self.process = None

    def start(self, command=None, environment=None):
        """Returns once the daemon says that it is ready (sd_notify(3)), or raises with what it said.
        `command`: the words to start instead of the installed program; `environment`: what it has besides."""
        assert self.process is None
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify.bind(f'\0{self.name}-notify-{time.monotonic_ns()}')
        notify.settimeout(0.05)
        words = [ACTIVATE, '--user', self.user]
        for described in self.sockets:
            words += ['--socket', described]
        words += ['--', *(command or [f'/usr/libexec/ssp-mfa/{self.name}'])]
        address = '@' + notify.getsockname()[1:].decode()
        with self.log.open('ab') as log:
            self.process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                env={'PATH': '/usr/bin', 'NOTIFY_SOCKET': address, **SANITIZER, **(environment or {})})
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                if b'READY=1' in notify.recv(4096):
                    notify.close()
                    return
            except TimeoutError:
                if self.process.poll() is not None:
                    break
        notify.close()
        said = self.log.read_text(encoding='utf-8', errors='replace')[-2000:]
        self.kill()
        raise RuntimeError(f'{self.name} did not become ready: {said}')

    def stop(self):
        if self.process is not None:
            self.thaw()
            self.process.terminate()
            status = self.process.wait(10)
            self.process = None
            assert status == 0, f'{self.name} ended with {status}'

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def reload(self):
        self.process.send_signal(signal.SIGHUP)


def helper():
    return Daemon('ssp-mfad', 'ssp-mfa', [
        '/run/ssp-mfa/signin.sock,0600,root,root',
        '/run/ssp-mfa/self.sock,0666,root,root',
        '/run/ssp-mfa/admin.sock,0660,root,ssp-mfa-support'])


def delivery():
    return Daemon('ssp-mfa-deliveryd', 'ssp-mfa-delivery', [
        '/run/ssp-mfa-delivery/delivery.sock,0600,ssp-mfa,root'])
