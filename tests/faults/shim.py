"""The page of fault_shim.c, from the test's side, and the two shims as files."""
import errno
import mmap
import pathlib
import struct
import subprocess

HERE = pathlib.Path(__file__).parent
LIBRARIES = pathlib.Path('/usr/local/lib')

OPERATIONS = {'write': 1, 'sync': 2, 'truncate': 4, 'rename': 8, 'unlink': 16, 'read': 32, 'open': 64, 'talk': 128}
CHANGES = ('write', 'sync', 'truncate', 'rename', 'unlink')
ACTIONS = {None: 0, 'kill': 1, 'fail': 2, 'short': 3, 'hang': 4, 'swallow': 5}
PAGE = struct.Struct('<IIqqIiIIq256s')


def library(name):
    """Compiles NAME.c of this folder, once for each private host."""
    made = LIBRARIES / f'faults_{name}.so'
    if not made.exists():
        subprocess.run(['clang', '-D_GNU_SOURCE', '-shared', '-fPIC', '-Wall', '-Wextra', '-Werror', '-O1', '-o', made,
                        HERE / f'{name}.c'], check=True)
    return str(made)


class Control:
    """Arms one fault at a time in every process that was started with the environment of environment()."""

    def __init__(self, file, folder=''):
        self.file = pathlib.Path(file)
        self.file.write_bytes(bytes(PAGE.size))
        self.file.chmod(0o666)
        with self.file.open('r+b') as opened:
            self._page = mmap.mmap(opened.fileno(), PAGE.size)
        self._folder = str(folder).encode()
        self._ahead = 0
        self.disarm()

    def _write(self, operations, action, nth, then_on, error, everywhere, read_only):
        self._page[:] = PAGE.pack(operations, ACTIONS[action], nth, 0, then_on, error, everywhere, read_only, self._ahead,
                                  self._folder)

    def arm(self, action, nth=1, operations=CHANGES, error='EIO', then_on=False, everywhere=False, read_only=False):
        """`action`: kill, fail, short, hang, swallow, or None to count only. `then_on`: from the nth call on."""
        self._write(0, None, 0, 0, 0, 0, 0)
        self._write(sum(OPERATIONS[name] for name in operations), action, nth, then_on, getattr(errno, error), everywhere,
                    read_only)

    def disarm(self):
        self._write(0, None, 0, 0, 0, 0, 0)

    @property
    def count(self):
        """How many calls of the armed operations there were since arm()."""
        return PAGE.unpack(self._page)[3]

    @property
    def was_hit(self):
        fields = PAGE.unpack(self._page)
        return fields[3] >= fields[2] > 0

    def move_clock(self, seconds):
        """CLOCK_REALTIME and CLOCK_BOOTTIME, as a suspended machine's."""
        self._ahead += seconds
        fields = list(PAGE.unpack(self._page))
        fields[8] = self._ahead
        self._page[:] = PAGE.pack(*fields)

    @property
    def ahead(self):
        return self._ahead

    def environment(self, *more):
        libraries = [library('fault_shim'), *more]
        return {'LD_PRELOAD': ' '.join(libraries), 'FAULT_CONTROL': str(self.file)}
