"""Looks, all through the run, at what anybody on the host could see: command lines and environments of the
processes that handle secrets."""
import pathlib
import threading

# As in /proc/PID/comm, which has 15 characters.
WATCHED = ('ssp-mfad', 'ssp-mfa-deliver', 'ssp-mfa-call', 'ssp-mfa', 'send-by-gammu', 'sshd', 'sudo', 'su', 'login')


class Witness:
    def __init__(self):
        self.seen = set()  # bytes of cmdline and environ
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *unused):
        self._stop.set()
        self._thread.join()

    def _watch(self):
        while not self._stop.wait(0.05):
            for process in pathlib.Path('/proc').glob('[0-9]*'):
                try:
                    if (process / 'comm').read_text(encoding='utf-8').strip() in WATCHED:
                        self.seen.add((process / 'cmdline').read_bytes())
                        self.seen.add((process / 'environ').read_bytes())
                except OSError:
                    continue  # it ended meanwhile
