"""A person at a terminal of 80 columns and 24 lines, in front of a program that asks."""
import re
import subprocess
import time

import pexpect

from host import KNOWN_HOSTS

CLIENT = ['-F', 'none', '-o', f'UserKnownHostsFile={KNOWN_HOSTS}', '-o', 'StrictHostKeyChecking=yes']
CODE = 'Verification code'
OPTION = 'Passcode or option'
ENTER = 'Press Enter to close'


def ssh_words(person, key=None, options=()):
    """The words of an ssh(1) command line up to the destination."""
    words = list(CLIENT)
    words += ['-o', 'IdentitiesOnly=yes', '-i', str(key)] if key else ['-o', 'PubkeyAuthentication=no']
    for option in options:
        words += ['-o', option]
    return [*words, '-l', getattr(person, 'name', person)]


class Terminal:
    """Types answers when the program asks for them. Everything that was shown is in `shown`."""

    def __init__(self, *command, env=None, timeout=20):
        self.shown = ''
        self._child = pexpect.spawn(command[0], [str(word) for word in command[1:]], encoding='utf-8',
                                    codec_errors='replace', dimensions=(24, 80), timeout=timeout,
                                    env=env or {'PATH': '/usr/bin:/usr/sbin', 'LANG': 'C.UTF-8', 'TERM': 'xterm'})
        self._child.delaybeforesend = None

    @property
    def pid(self):
        return self._child.pid

    def question(self, pattern):
        """Waits until the program asks something whose last line matches, and returns all that it said
        since the last answer."""
        found = self._child.expect([rf'{pattern}[^\r\n]*: ?$', pexpect.EOF])
        said = self._child.before + (self._child.after if found == 0 else '')
        self.shown += said
        assert found == 0, f'ended instead of asking {pattern!r}:\n{said}'
        return said.replace('\r', '')

    def answer(self, pattern, text):
        """Waits for the question and types `text` and Enter; returns what was asked."""
        asked = self.question(pattern)
        self._child.send(f'{text}\r')
        return asked

    def say(self, text):
        self._child.send(text)

    def ended(self):
        """Waits until the program ends; returns its last words and its exit status."""
        self._child.expect(pexpect.EOF)
        self.shown += self._child.before
        self._child.close()
        return self._child.before.replace('\r', ''), self._child.exitstatus

    def expect(self, pattern):
        self._child.expect(pattern)
        self.shown += self._child.before + self._child.after

    def hang_up(self):
        """The person closes the window."""
        self._child.close(force=True)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self._child.close(force=True)


class SshTerminal(Terminal):
    """ssh(1) into the private host, which says a sentence when it lets the person in."""

    WELCOME = 'You are in.'

    def __init__(self, person, key=None, options=(), once=False, **other):
        options = (*options, *(['NumberOfPasswordPrompts=1'] if once else []))
        super().__init__('ssh', '-tt', *ssh_words(person, key, options), 'bastion', f'echo {self.WELCOME}', **other)
        self.password = getattr(person, 'password', None)

    def log_in(self):
        """The first factor, when it is the password."""
        self.answer('Password', self.password)

    def is_in(self):
        """Checks that the person got in; returns what was said at the end."""
        said, status = self.ended()
        assert self.WELCOME in said and status == 0, self.shown
        return said

    def is_refused(self):
        """Checks that the person did not get in; returns what was said at the end."""
        said, status = self.ended()
        assert self.WELCOME not in self.shown and status == 255, self.shown
        return said


def ssh_without_terminal(person, key, *words, options=(), command='echo You are in.'):
    """ssh(1) as a script runs it: no terminal, nothing to answer with."""
    return subprocess.run(['ssh', *ssh_words(person, key, options), *words, 'bastion', command],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60,
                          start_new_session=True)


def in_seconds(function):
    """What `function` returns, and how long it took."""
    began = time.monotonic()
    return function(), time.monotonic() - began


def reference_in(text):
    """The reference that a refused person can give to the desk."""
    found = re.search(r'reference ([0-9A-Z]{4}-[0-9A-Z]{2})', text)
    assert found, text
    return found[1]
