"""ssp-mfad without sanitizers, on a state of its own, started as systemd starts it and started again as often as
a test kills it; and the people who sign in there. Everything lies below /run/faults/NAME."""
import base64
import contextlib
import hashlib
import hmac
import json
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import time

import client
from shim import Control

PLAIN_BUILD = os.environ.get('SSP_PLAIN_BUILD')
USER = 'ssp-mfa'
STEP = 30
# What may lie in the state folder, whatever happened. Everything else is a leftover.
KNOWN_FILES = {'ssp-mfa.db', 'ssp-mfa.db-wal', 'ssp-mfa.db-shm', 'ssp-mfa.db.ballast', 'ssp-mfa.db.mark'}
DOORS = ('signin', 'self', 'admin')


def app_code(key, step):
    digest = hmac.new(base64.b32decode(key + '=' * (-len(key) % 8)), step.to_bytes(8, 'big'), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f'{(int.from_bytes(digest[at:at + 4], "big") & 0x7fffffff) % 1000000:06}'


class Somebody:
    def __init__(self, uid):
        self.uid = uid
        self.name = f'person{uid}'
        self.key = None
        self.recovery_codes = []


def program(name):
    """The plain build's program as root's own file: ssp-mfad refuses one that others can write."""
    installed = pathlib.Path('/usr/local/libexec') / pathlib.Path(name).name
    if not installed.exists():
        installed.parent.mkdir(exist_ok=True)
        shutil.copy(pathlib.Path(PLAIN_BUILD, name), installed)
        os.chown(installed, 0, 0)
        installed.chmod(0o755)
    return str(installed)


class House:
    def __init__(self, name, policy='', mount=None):
        """`mount`: called with the empty state folder before anything lies in it."""
        subprocess.run(['systemd-sysusers', 'ssp-mfa.conf'], check=True)
        entry = pwd.getpwnam(USER)
        self.ids = (entry.pw_uid, entry.pw_gid)
        self.folder = pathlib.Path('/run/faults', name)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.state, self.notes, self.run = (self.folder / part for part in ('state', 'notes', 'run'))
        self.etc = self.folder / 'etc'
        for part in (self.state, self.notes, self.run, self.etc):
            part.mkdir(parents=True)
        if mount:
            mount(self.state)
        for part in (self.state, self.notes):
            os.chown(part, *self.ids)
            part.chmod(0o700)
        self.database = self.state / 'ssp-mfa.db'
        self.log = self.folder / 'log'
        self.config = self.etc / 'ssp-mfa.toml'
        sockets = '\n'.join(f'{door} = "{self.run}/{door}.sock"' for door in (*DOORS, 'delivery'))
        self.config.write_text(f'''
{policy}
[files]
database = "{self.database}"
master_key = "{self.etc}/master.key"
[sockets]
{sockets}
[methods]
text_message = false
voice_call = false
''', encoding='utf-8')
        self.control = Control(self.folder / 'control', self.state)
        self.preloaded = ()
        self.environment = {}
        self.pid = None
        self.status = None
        self.heard = []
        self._listening = []
        self._bind()
        subprocess.run([program('helper/command/ssp-mfa'), 'init', '--config', self.config], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _bind(self):
        """The sockets stay, as systemd's do, when the daemon goes: whoever connects meanwhile waits."""
        for door in DOORS:
            listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
            listening.bind(str(self.run / f'{door}.sock'))
            listening.listen(512)
            self._listening.append(listening)
        self._notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notices.bind(str(self.run / 'notify'))
        os.chmod(self.run / 'notify', 0o666)

    def close(self):
        self.kill()
        for one in (*self._listening, self._notices):
            one.close()

    # The daemon

    def launch(self, watchdog_usec=None):
        """Without waiting for anything."""
        assert self.pid is None
        self.heard.clear()
        self._notices.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while self._notices.recv(4096):
                pass
        environment = {'PATH': '/usr/bin', 'NOTIFY_SOCKET': str(self.run / 'notify'), 'LISTEN_FDS': str(len(DOORS)),
                       'RUNTIME_DIRECTORY': str(self.notes), **self.control.environment(*self.preloaded),
                       **self.environment}
        if watchdog_usec:
            environment['WATCHDOG_USEC'] = str(watchdog_usec)
        words = [program('helper/ssp-mfad'), '--config', str(self.config)]
        log = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        child = os.fork()
        if child == 0:
            try:
                os.setsid()
                high = [os.dup2(one.fileno(), 100 + number) for number, one in enumerate(self._listening)]
                os.dup2(log, 1)
                os.dup2(log, 2)
                for number, fd in enumerate(high):
                    os.dup2(fd, 3 + number, inheritable=True)
                os.closerange(3 + len(high), 4096)
                os.setgroups([])
                os.setgid(self.ids[1])
                os.setuid(self.ids[0])
                os.umask(0o077)
                os.chdir('/')
                os.execve(words[0], words, {**environment, 'LISTEN_PID': str(os.getpid())})
            finally:
                os._exit(127)
        os.close(log)
        self.pid = child
        self.status = None

    def start(self, **how):
        """Returns once it is ready: True. False: it ended before."""
        self.launch(**how)
        return self.hears('READY=1')

    def hears(self, notice, patience=60):
        """Waits until the daemon said `notice` to systemd: True; or ended: False."""
        end = time.monotonic() + patience
        while True:
            self.listen()
            if any(notice in said for said in self.heard):
                return True
            if self.has_ended():
                return False
            assert time.monotonic() < end, f'{notice} did not come: {self.heard} {self.said()[-1500:]}'

    def listen(self, wait=0.02):
        self._notices.settimeout(wait)
        try:
            while True:
                self.heard.append(self._notices.recv(4096).decode())
                self._notices.settimeout(0.001)
        except (TimeoutError, BlockingIOError):
            pass

    def has_ended(self):
        if self.pid is None:
            return True
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if pid:
            self.pid, self.status = None, os.waitstatus_to_exitcode(status)
        return self.pid is None

    def wait_for_end(self, patience=60):
        """Its exit status; negative: the signal."""
        end = time.monotonic() + patience
        while not self.has_ended():
            assert time.monotonic() < end, f'it did not end: {self.said()[-1500:]}'
            time.sleep(0.002)
        return self.status

    def signal(self, number):
        if self.pid is not None:
            os.kill(self.pid, number)

    def kill(self):
        if not self.has_ended():
            self.signal(signal.SIGKILL)
            self.wait_for_end()

    def stop(self):
        self.signal(signal.SIGTERM)
        return self.wait_for_end()

    def said(self):
        return self.log.read_text(encoding='utf-8', errors='replace') if self.log.exists() else ''

    # Time and codes

    def step(self):
        return int(time.time() + self.control.ahead) // STEP

    def next_step(self, steps=1):
        """Moves the daemon's clock, so that people have new codes."""
        self.control.move_clock(steps * STEP)

    def fresh_step(self):
        """A step that will not pass while a test uses its code."""
        left = STEP - (time.time() + self.control.ahead) % STEP
        if left < 12:
            self.control.move_clock(int(left) + 1)
        return self.step()

    # People

    def door(self, name='signin'):
        return self.run / f'{name}.sock'

    def sign_in(self, person, **how):
        return client.sign_in(self.door(), person, **how)

    def desk(self, *words, **how):
        return client.request(self.door('admin'), *words, **how)

    def enrol(self, person):
        """From the first sign-in to the recovery codes; the code of the current step is spent."""
        with self.sign_in(person) as talk:
            talk.answer('1')
            person.key = key_in(talk.asked)
            talk.answer(app_code(person.key, self.fresh_step()))
            while talk.verdict is None and 'Type saved' not in talk.asked:
                talk.answer('n')
            person.recovery_codes = re.findall(r'\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{5}\b', talk.asked)
            while talk.verdict is None:
                talk.answer('saved' if 'Type saved' in talk.asked else 'n')
            assert talk.verdict == 'accepted' and person.recovery_codes, talk.said

    def people(self, count, first_uid=7000):
        everybody = [Somebody(first_uid + number) for number in range(count)]
        for person in everybody:
            self.enrol(person)
        return everybody

    # What is stored

    @contextlib.contextmanager
    def rows(self):
        """Reads the database beside the daemon."""
        connection = sqlite3.connect(f'file:{self.database}?mode=ro', uri=True, timeout=20)
        try:
            yield connection
        finally:
            connection.close()

    def points(self, person):
        with self.rows() as database:
            return database.execute('SELECT coalesce(sum(points), 0) FROM guess_points g JOIN subscriber s'
                                    ' ON s.id = g.subscriber_id WHERE s.name = ?', (person.name,)).fetchone()[0]

    def leftovers(self):
        return {file.name for file in self.state.iterdir()} - KNOWN_FILES - {'.durable'}

    def looks_sound(self):
        """What SQLite says of its pages, and whether every link of the audit trail counts on from the one before."""
        with self.rows() as database:
            database.execute('BEGIN')  # one moment: the daemon goes on writing
            assert database.execute('PRAGMA integrity_check').fetchone()[0] == 'ok'
            rows, last = database.execute('SELECT count(*), max(sequence) FROM audit').fetchone()
            head = database.execute('SELECT sequence FROM audit_head').fetchone()
            assert rows == (last or 0) and (head is None or head[0] == rows), 'the audit trail has a gap'
        assert not self.leftovers(), self.leftovers()

    def audit_verifies(self):
        """Every MAC of the trail, by the product's own code."""
        words = [program('helper/command/ssp-mfa'), 'audit', 'verify', '--json', '--config', self.config]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)[0]['rows']



def key_in(prompt):
    return re.search(r'Key: ([A-Z2-7]{4}(?: [A-Z2-7]{1,4})+)', prompt)[1].replace(' ', '')
