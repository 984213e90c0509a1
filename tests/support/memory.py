"""How much memory the daemons take, seen from outside, all through a piece of work."""
import pathlib
import threading


def resident(process):
    """Kilobytes in RAM."""
    status = pathlib.Path('/proc', str(process.pid), 'status').read_text(encoding='ascii')
    return int(status.partition('VmRSS:')[2].split()[0])


class MemoryWatch:
    """Looks twenty times a second. `before`, `peak` and `after` have kilobytes by name."""

    def __init__(self, **processes):
        self._processes = processes
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.before = self._now()
        self.peak = dict(self.before)
        self.after = {}

    def _now(self):
        return {name: resident(process) for name, process in self._processes.items()}

    def _watch(self):
        while not self._stop.wait(0.05):
            for name, kilobytes in self._now().items():
                self.peak[name] = max(self.peak[name], kilobytes)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *unused):
        self._stop.set()
        self._thread.join()
        self.after = self._now()
