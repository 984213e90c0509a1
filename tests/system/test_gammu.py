"""Codes through a real gammu-smsd and its dummy telephone, by the shipped program and the shipped provider file."""
import pathlib

import pytest

from ceremonies import code_in, enrol_by_text
from gammu import FOLDER, LOG, Gammu
from host import EXAMPLES, outbox
from kannel import wait_until
from terminal import OPTION, SshTerminal


@pytest.fixture(name='gammu', scope='module')
def fixture_gammu(host):
    gammu = Gammu()
    gammu.start()
    shipped = (EXAMPLES / 'providers.d/gammu.toml').read_text(encoding='utf-8')
    host.configure(gammu=shipped, outbox=outbox('voice-call'))
    host.start_over()
    yield gammu
    gammu.stop()


def test_a_code_that_a_modem_of_gammu_sends_opens(host, gammu):
    alice = host.person('alice')
    key = enrol_by_text(host, alice, lambda: gammu.next_text(alice.number))
    with SshTerminal(alice, key) as ssh:
        ssh.answer(OPTION, '1')
        code, _ = code_in(gammu.next_text(alice.number, after=1))
        host.secrets.note('text code', code)
        ssh.answer('Verification code', code)
        ssh.answer('y or n', 'n')
        ssh.is_in()


def test_gammu_set_up_as_advised_keeps_no_code(host, gammu):
    gammu.stop()
    quiet = Gammu(shows=False)
    codes = []

    def read_in_the_outbox():
        """The daemon is away, so the message lies there until it is started."""
        [file] = wait_until(quiet.outbox)
        text = wait_until(lambda: file.read_text(encoding='utf-16'))  # it is there before its text is
        codes.append(code_in(text)[0])
        return text

    try:
        enrol_by_text(host, host.person('bob'), read_in_the_outbox)
        quiet.start()
        wait_until(lambda: not quiet.outbox())
    finally:
        quiet.stop()
    kept = [file for folder in (FOLDER, LOG.parent) for file in pathlib.Path(folder).rglob('*') if file.is_file()]
    assert LOG in kept
    for file in kept:
        found = [code for code in codes for form in ('ascii', 'utf-16-le') if code.encode(form) in file.read_bytes()]
        assert not found, file
