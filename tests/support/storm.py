"""Many people who sign in at the same time: each is pamtester(1) in front of the real module."""
import asyncio
import json
import pathlib
import re
import time

from ceremonies import code_in
from person import Person

SERVICE = pathlib.Path('/etc/pam.d/storm')
AREA_CODES = (205, 206, 212, 213)  # 100 numbers each, 555-0100 to 555-0199, that belong to nobody
FIRST_UID = 4_000_000  # seven digits: a number in a log that is no code of five or six


def add_people(count):
    """Accounts without a password, all at once; useradd(8) would take longer than the sign-ins."""
    SERVICE.write_text('auth required pam_ssp_mfa.so\n', encoding='ascii')
    people = [Person(f'storm{i}', FIRST_UID + i, f'+1{AREA_CODES[i // 100]}5550{100 + i % 100}') for i in range(count)]
    with open('/etc/passwd', 'a', encoding='ascii') as passwd:
        for person in people:
            passwd.write(f'{person.name}:x:{person.uid}:{person.uid}::/home/{person.name}:/bin/sh\n')
    return people


class Terminal:
    """pamtester without a terminal: it asks on its standard error and reads standard input."""

    def __init__(self, process):
        self._process = process
        self.said = ''
        self._read = 0

    async def asked(self, question, within):
        """Waits for a question that matches."""
        end = time.monotonic() + within
        pattern = re.compile(rf'{question}[^\n]*: $')
        while not (found := pattern.search(self.said, self._read)):
            try:
                data = await asyncio.wait_for(self._process.stderr.read(4096), max(0.1, end - time.monotonic()))
            except asyncio.TimeoutError as late:
                raise TimeoutError(f'no {question!r} within {within} s: {self.said}') from late
            assert data, f'ended instead of asking {question!r}: {self.said}'
            self.said += data.decode()
        self._read = found.end()

    def type(self, text):
        self._process.stdin.write(f'{text}\n'.encode())


class Phones:
    """What arrived, read from a file of one JSON object a line with `to` and `text`."""

    def __init__(self, file):
        self._file = pathlib.Path(file)
        self._texts = {}
        self._lines = 0

    def _read(self):
        if self._file.exists():
            lines = self._file.read_text(encoding='utf-8').splitlines()
            for line in lines[self._lines:]:
                message = json.loads(line)
                self._texts.setdefault(message['to'], []).append(message['text'])
            self._lines = len(lines)

    def texts(self, number):
        self._read()
        return self._texts.get(number, [])


async def first_sign_in(person, phones, within):
    """Enrols by text message. Returns the seconds between the number and the prompt for the code, which comes when the
    gateway has answered. `within`: seconds for each prompt."""
    process = await asyncio.create_subprocess_exec(
        'pamtester', '-I', 'rhost=192.0.2.7', SERVICE.name, person.name, 'authenticate',
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE)
    terminal = Terminal(process)
    try:
        await terminal.asked('Passcode or option', within)
        terminal.type('1')
        await terminal.asked('Mobile phone number', within)
        began = time.monotonic()
        terminal.type(person.number)
        await terminal.asked('Verification code', within)
        took = time.monotonic() - began
        terminal.type(code_in(phones.texts(person.number)[-1])[0])
        await terminal.asked('Add one now', within)
        terminal.type('n')
        await terminal.asked('Type saved, or later', within)
        terminal.type('later')
        assert await asyncio.wait_for(process.wait(), within) == 0, terminal.said
        return took
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def all_at_once(people, phones, within):
    """Everybody's first sign-in. Returns for each the seconds, or the exception."""
    return await asyncio.gather(*(first_sign_in(person, phones, within) for person in people), return_exceptions=True)
