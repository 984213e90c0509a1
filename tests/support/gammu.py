"""gammu-smsd on the private host, with the dummy telephone of gammu itself. Set up as docs/how-to/gateways.md advises, so
that it keeps no text; but for tests the telephone may show what it sent, in a folder of its own."""
import os
import pathlib
import re
import shutil
import subprocess

from host import EXAMPLES, run
from kannel import end, wait_until

FOLDER = pathlib.Path('/run/gammu')
OUTBOX = pathlib.Path('/run/gammu-outbox')
SENT = FOLDER / 'sent'
LOG = pathlib.Path('/var/log/gammu/smsd.log')
DUMMY = ('sms/1', 'sms/2', 'sms/3', 'sms/4', 'sms/5', 'fs', *(
    f'{what}/{memory}' for what in ('pbk', 'calendar', 'todo', 'note', 'alarm', 'operations') for memory in ('ME', 'SM')))
CONFIGURATION = '''[gammu]
model = dummy
connection = none
port = {folder}/dummy
gammuloc = none

[smsd]
service = files
logfile = {log}
debuglevel = 0
inboxpath = {folder}/inbox/
outboxpath = {outbox}/
{sent}
checksecurity = 0
hangupcalls = 0
runonreceive = /bin/true
commtimeout = 1
sendtimeout = 5
loopsleep = 1
'''


def make_outbox():
    """The outbox, by the line that the shipped provider file gives its administrator; and who may write to it."""
    shipped = (EXAMPLES / 'providers.d/gammu.toml').read_text(encoding='utf-8')
    line = re.search(rf'^# +(d {OUTBOX} .*)$', shipped, re.MULTILINE)[1]
    file = pathlib.Path('/etc/tmpfiles.d/gammu-outbox.conf')
    file.write_text(f'{line}\n', encoding='ascii')
    run('systemd-tmpfiles', '--create', file)
    [group] = re.findall(r'^# +SupplementaryGroups=(.*)$', shipped, re.MULTILINE)
    run('usermod', '-a', '-G', group, 'ssp-mfa-delivery')


class Gammu:
    """The daemon and its telephone. `shows`: what was sent stays, for texts()."""

    def __init__(self, shows=True):
        self._process = None
        self._file = FOLDER / 'smsdrc'
        for folder in (FOLDER, LOG.parent, FOLDER / 'inbox', SENT,
                       *(FOLDER / 'dummy' / part for part in DUMMY)):
            folder.mkdir(parents=True, exist_ok=True)
            shutil.chown(folder, 'gammu', 'gammu')
        for folder, _, _ in os.walk(FOLDER):
            shutil.chown(folder, 'gammu', 'gammu')
        FOLDER.chmod(0o700)
        make_outbox()
        sent = f'sentsmspath = {SENT}/' if shows else ''
        self._file.write_text(CONFIGURATION.format(folder=FOLDER, log=LOG, outbox=OUTBOX, sent=sent), encoding='ascii')

    def start(self):
        self._process = subprocess.Popen(['/usr/bin/gammu-smsd', '-c', self._file, '-U', 'gammu', '-G', 'gammu'],
                                         stdin=subprocess.DEVNULL, cwd='/',
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self):
        end(self._process)
        self._process = None

    @staticmethod
    def texts(number):
        """All that the telephone sent to this number (E.164), in order."""
        files = sorted(SENT.glob(f'OUT*_{number}_*'), key=lambda file: file.stat().st_mtime_ns)
        texts = [file.read_text(encoding='utf-16') for file in files]
        return [text for text in texts if text]  # a file is there before its text is

    def next_text(self, number, after=0):
        return wait_until(lambda: self.texts(number)[after:])[0]

    @staticmethod
    def outbox():
        """What waits to be sent."""
        return [file for file in OUTBOX.iterdir() if file.is_file()]
