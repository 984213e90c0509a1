"""Kannel on the private host: bearerbox, smsbox, and fakesmsc for the carrier. Its logging is set so that it keeps no
text, as docs/how-to/gateways.md advises: level 3, a line for each message without its text, no access log in smsbox."""
import json
import os
import pathlib
import pwd
import secrets
import subprocess
import time
import urllib.error
import urllib.request

FOLDER = pathlib.Path('/run/kannel')
LOGS = pathlib.Path('/var/log/kannel')
SEND_PORT = 13013
USER = 'otp'
FAKESMSC = '/usr/lib/kannel/test/fakesmsc'
SMPP_CARRIER = pathlib.Path(__file__).with_name('smpp_carrier.pl')

CARRIERS = {
    'fake': 'smsc = fake\nsmsc-id = carrier\nhost = 127.0.0.1\nport = 10000\nconnect-allow-ip = 127.0.0.1\n',
    'smpp': 'smsc = smpp\nsmsc-id = carrier\nhost = 127.0.0.1\nport = 2775\ntransceiver-mode = true\n'
            'smsc-username = otp\nsmsc-password = {smpp_password}\nsystem-type = ""\n'
            'source-addr-ton = 5\nsource-addr-npi = 0\ndest-addr-ton = 1\ndest-addr-npi = 1\nreconnect-delay = 1\n',
}
CONFIGURATION = '''
group = core
admin-port = 13000
admin-interface = 127.0.0.1
admin-password = {admin_password}
status-password = {admin_password}
smsbox-port = 13001
smsbox-interface = 127.0.0.1
access-log = {logs}/access.log
access-log-format = "%l SMS id=%I smsc=%i to=%P len=%L dlr=%d"
log-file = {logs}/bearerbox.log
log-level = 3
box-deny-ip = "*.*.*.*"
box-allow-ip = "127.0.0.1"
admin-allow-ip = "127.0.0.1"
dlr-storage = internal

group = smsc
{carrier}
group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {send_port}
sendsms-interface = 127.0.0.1
global-sender = 13013
log-file = {logs}/smsbox.log
log-level = 3

group = sendsms-user
username = {user}
password = {password}
user-allow-ip = "127.0.0.1"
concatenation = false
max-messages = 1

group = sms-service
keyword = default
text = "No service"
max-messages = 0
'''


def wait_until(condition, within=15):
    """Asks again until it is so, and returns what the condition gave."""
    end = time.monotonic() + within
    while not (found := condition()):
        assert time.monotonic() < end, f'not within {within} s'
        time.sleep(0.02)
    return found


def start(*command, log):
    """A program of the gateway as the user kannel; what it says goes to `log`."""
    owner = pwd.getpwnam('kannel')
    with open(log, 'ab') as said:
        os.fchown(said.fileno(), owner.pw_uid, owner.pw_gid)
        return subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                                user=owner.pw_uid, group=owner.pw_gid, extra_groups=[], cwd='/',
                                env={'PATH': '/usr/sbin:/usr/bin', 'LANG': 'C.UTF-8'})


def end(process):
    if process is not None and process.poll() is None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Kannel:
    """The gateway. `carrier`: what it hands messages to, "fake" (FakeCarrier) or "smpp" (SmppCarrier)."""

    def __init__(self, carrier):
        owner = pwd.getpwnam('kannel')
        for folder in (FOLDER, LOGS):
            folder.mkdir(mode=0o700, exist_ok=True)
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        self.password = secrets.token_hex(8)
        self.smpp_password = secrets.token_hex(4)  # eight characters at most
        self._admin_password = secrets.token_hex(8)
        self._processes = []
        self._file = FOLDER / 'kannel.conf'
        words = {'logs': LOGS, 'send_port': SEND_PORT, 'user': USER, 'password': self.password,
                 'admin_password': self._admin_password, 'smpp_password': self.smpp_password}
        text = CONFIGURATION.format(carrier=CARRIERS[carrier].format(**words), **words)
        self._file.touch(mode=0o600)
        os.chown(self._file, owner.pw_uid, owner.pw_gid)
        self._file.write_text(text, encoding='ascii')

    def start(self):
        """Returns when smsbox takes messages."""
        for program in ('bearerbox', 'smsbox'):
            self._processes.append(start(f'/usr/sbin/{program}', '-v', '4', self._file, log=FOLDER / f'{program}.out'))
            wait_until(self.status if program == 'bearerbox' else self._is_open)

    def wait_for_carrier(self):
        """Returns when bearerbox has a carrier that takes messages."""
        wait_until(lambda: '(online' in self.status(), within=40)

    def wait_for_no_carrier(self):
        """Returns when bearerbox has seen that its carrier is away."""
        wait_until(lambda: (said := self.status()) and '(online' not in said)

    def stop(self):
        """smsbox goes first; both ports refuse afterwards."""
        for process in reversed(self._processes):
            end(process)
        self._processes.clear()

    def status(self):
        """What bearerbox says of itself and its carriers."""
        address = f'http://127.0.0.1:13000/status.txt?password={self._admin_password}'
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return answer.read().decode()
        except (urllib.error.URLError, ConnectionError):
            return ''

    def _is_open(self):
        try:
            urllib.request.urlopen(f'http://127.0.0.1:{SEND_PORT}/', timeout=5).close()
        except urllib.error.HTTPError:
            return True
        except (urllib.error.URLError, ConnectionError):
            return False
        return True

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *unused):
        self.stop()


class FakeCarrier:
    """fakesmsc: takes every message and shows it. It is line-based, so only texts of one line arrive whole."""

    def __init__(self):
        self._process = None
        self._said = FOLDER / 'fakesmsc.out'

    def start(self):
        self._process = start(FAKESMSC, '-H', '127.0.0.1', '-r', '10000', '-m', '0', 'nop nop text nop',
                              log=self._said)

    def stop(self):
        end(self._process)
        self._process = None

    def texts(self, number):
        """All that arrived for this number (E.164), in order."""
        marker = f'<13013 {number} text '
        lines = self._said.read_text(encoding='utf-8', errors='replace').splitlines()
        return [line.partition(marker)[2].rpartition('>')[0] for line in lines if marker in line]

    def next_text(self, number, after=0):
        """The first text for this number beyond `after` of them."""
        return wait_until(lambda: self.texts(number)[after:])[0]


# The characters of the GSM 03.38 alphabet that a message of ours has, where they are not those of ASCII.
GSM_CHARACTERS = {0x00: '@', 0x02: '$', 0x11: '_'}


class SmppCarrier:
    """A carrier behind SMPP 3.4, as Net::SMPP speaks it."""

    def __init__(self, gateway):
        self._password = gateway.smpp_password
        self._process = None
        self._file = FOLDER / 'smpp.jsonl'

    def start(self):
        said = FOLDER / 'smpp.out'
        said.unlink(missing_ok=True)
        self._process = subprocess.Popen([SMPP_CARRIER, '2775', self._file], stdin=subprocess.PIPE,
                                         stdout=said.open('ab'), stderr=subprocess.STDOUT, text=True)
        self._process.stdin.write(f'{self._password}\n')
        self._process.stdin.close()
        wait_until(lambda: 'listening' in said.read_text(encoding='utf-8') or self._process.poll() is not None)
        assert self._process.poll() is None, said.read_text(encoding='utf-8')

    def stop(self):
        end(self._process)
        self._process = None

    def messages(self, number):
        """All that arrived for this number (E.164), in order: what the carrier wrote, and `text`."""
        lines = self._file.read_text(encoding='ascii').splitlines() if self._file.exists() else []
        found = [message for line in lines if (message := json.loads(line))['to'] == number.lstrip('+')]
        for message in found:
            message['text'] = ''.join(GSM_CHARACTERS.get(byte, chr(byte)) for byte in bytes.fromhex(message['hex']))
        return found

    def next_message(self, number, after=0):
        return wait_until(lambda: self.messages(number)[after:])[0]
