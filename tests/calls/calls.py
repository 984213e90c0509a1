"""Runs ssp-mfa-call, and what it says."""
import json
import os
import pathlib
import subprocess
import threading
import time

ACCOUNT = {'from': 'sip:+12055550100@example.test', 'user': 'trunkuser', 'password': 'trunkpass', 'register': False,
           'ca_file': '', 'srtp': 'off'}
NUMBER = '+12055550123'
SOUNDS = '/usr/share/asterisk/sounds'


class Call:
    """One call to `proxy`. `account` and `request`: what is other than usual."""

    def __init__(self, proxy, digits='40917', account=None, **request):
        self.request = {'account': {'proxy': proxy, **ACCOUNT, **(account or {})}, 'to': NUMBER, 'digits': digits,
                        'language': 'en', 'confirm_key': True, 'ring_seconds': 20, 'total_seconds': 60,
                        'recordings': SOUNDS, 'reference': 'aabbccdd', **request}
        self.command = [os.environ['SSP_CALL']]
        self.events, self.errors, self.code = [], '', None
        self.seconds = 0.0
        self._heard = threading.Condition()
        self._process = None

    def start(self):
        self._began = time.monotonic()
        self._process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=subprocess.PIPE, text=True, env={'PATH': '/usr/bin:/bin'}, cwd='/')
        self._process.stdin.write(json.dumps(self.request) + '\n')
        self._process.stdin.close()
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def _listen(self):
        for line in self._process.stdout:
            with self._heard:
                self.events.append(line.rstrip('\n'))
                self._heard.notify_all()

    def wait_for(self, event, within=30):
        with self._heard:
            assert self._heard.wait_for(lambda: event in self.words(), within), f'no {event}, but {self.events}'
        return self

    def terminate(self):
        self._process.terminate()
        return self

    def facts(self, name):
        """A file of /proc about the running program; nothing where it keeps itself private."""
        try:
            return pathlib.Path('/proc', str(self._process.pid), name).read_bytes()
        except PermissionError:
            return b''

    def wait(self, within=90):
        self.code = self._process.wait(within)
        self.seconds = time.monotonic() - self._began
        self.errors = self._process.stderr.read()
        with self._heard:
            self._heard.wait_for(lambda: self.events and self.words()[-1] in FINAL, 2)
        return self

    def run(self):
        return self.start().wait()

    def words(self):
        return [event.partition(' ')[0] for event in self.events]

    def ending(self):
        """The last event and the exit code; nothing may have been said on standard error."""
        assert self.errors == '', self.errors
        assert sum(word in FINAL for word in self.words()) == 1, self.events
        return self.events[-1], self.code


FINAL = {'played', 'no-key', 'hung-up', 'busy', 'no-answer', 'refused', 'failed'}
