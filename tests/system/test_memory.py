"""When a sign-in is over, what it was about is in the memory of nobody who took part (docs/explanation/memory.md)."""
import base64
import os
import pathlib
import re
import shutil

import pytest

import pam_client
from ceremonies import KEY, PROOFS, RECOVERY_CODE, code_in, new_app_code
from host import MASTER_KEY, outbox, run
from http_gateway import HttpGateway, provider
from memory_scan import found_in, left_in
from terminal import CODE, OPTION, SshTerminal, Terminal

PROGRAMS = pathlib.Path('/usr/libexec/ssp-mfa')
GUEST = pathlib.Path('/run/memory_guest')
TOKEN = 'token-Zk41vQ8s'
PASSWORD = 'a password, typed at the wrong question; ' * 8
END_OF_BLOCK = 16  # where malloc(3) writes nothing of its own into a block that was given back
# Sanitizers keep what was given back.
pytestmark = [pytest.mark.attack,
              pytest.mark.skipif('SSP_PLAIN_BUILD' not in os.environ, reason='needs --plain-build')]


@pytest.fixture(name='serving', scope='module')
def fixture_serving(host):
    """Both daemons without sanitizers; texts go through a gateway, calls into the outbox."""
    host.keep_secret('token', TOKEN)
    host.secrets.note('gateway token', TOKEN)
    more = 'auth = "bearer"\ntoken = "{secret.token}"\n'
    with HttpGateway(8086) as gateway:
        host.gateway = gateway
        secret = '[secrets]\ntoken = "/etc/ssp-mfa/secrets/token"\n[request]'
        text = provider(gateway.url('prompt'), more).replace('[request]', secret, 1)
        host.person('first')  # whose number is the support desk's
        host.configure(http=text, outbox=outbox('voice-call'))
        for daemon, folder in ((host.helper, 'helper'), (host.delivery, 'helper/delivery')):
            daemon.stop()
            program = PROGRAMS / f'plain-{daemon.name}'
            shutil.copy(pathlib.Path(os.environ['SSP_PLAIN_BUILD'], folder, daemon.name), program)
            daemon.start([program])
        yield host
    host.configure()
    host.start_over()


class Used:
    """What was typed and shown, in every form in which it is written somewhere. By name, to be looked for."""

    def __init__(self, person):
        self.values = {'number': person.number[1:], 'national number': person.number[2:],
                       'typed number': person.typed_number}
        self._count = 0

    def note(self, what, value):
        self._count += 1
        self.values[f'{what} {self._count}'] = value
        return value

    def note_key(self, base32):
        self.note('app key', base32)
        self.note('app key', base64.b32decode(base32))
        self.note('app key', ' '.join(base32[i:i + 4] for i in range(0, len(base32), 4)))

    def note_recovery_codes(self, host, shown):
        codes = re.findall(RECOVERY_CODE, shown)
        assert codes
        for code in codes:
            host.secrets.note('recovery code', code)
            self.note('recovery code', code)
            self.note('recovery code', code.replace('-', ''))
        return codes


def code_for(host, person, way):
    if way == 'voice':
        return host.outbox.voice_code(person.number)
    return code_in(host.gateway.next_text(person.number))[0]


def set_up(terminal, host, person, way, used, looked=lambda: None):
    """A first sign-in up to its last question. `looked` is called while the code is asked for."""
    terminal.answer(OPTION, PASSWORD)
    terminal.answer(OPTION, PROOFS[way][0])
    if way == 'app':
        key = re.search(KEY, terminal.question(CODE))[1].replace(' ', '')
        person.app_key = key
        host.secrets.note('app key', key)
        used.note_key(key)
        code = new_app_code(host, person)
    else:
        terminal.answer('hone number', person.typed_number)
        terminal.question(CODE)
        code = code_for(host, person, way)
        host.secrets.note(f'{way} code', code)
    looked()
    used.note(f'{way} code', code)
    terminal.say(f'{code}\r')
    terminal.answer('Add one now', 'n')
    return used.note_recovery_codes(host, terminal.answer('Type saved, or later', 'saved'))


def nothing_is_left(serving, used):
    for daemon in (serving.helper, serving.delivery):
        assert not left_in(daemon.process.pid, used.values), daemon.name


@pytest.mark.parametrize('way', ['text', 'voice', 'app'])
def test_daemons_keep_nothing_of_a_first_sign_in_and_of_the_next(serving, way):
    person = serving.person('mem')
    key = person.new_key()
    used = Used(person)
    used.note('password', PASSWORD[END_OF_BLOCK:])
    seen = {}
    with SshTerminal(person, key) as ssh:
        codes = set_up(ssh, serving, person, way, used,
                       lambda: seen.update(found_in(serving.helper.process.pid, used.values)))
        ssh.answer('y or n', 'n')
        ssh.is_in()
    # The search finds what must be there while it is needed.
    assert {'text': 'number', 'voice': 'number', 'app': 'app key 3'}[way] in seen, seen
    nothing_is_left(serving, used)
    with SshTerminal(person, key) as ssh:
        ssh.answer(CODE if way == 'app' else OPTION, PASSWORD)
        ssh.answer(CODE if way == 'app' else OPTION, codes[0])
        ssh.answer('y or n', 'n')
        ssh.is_in()
    nothing_is_left(serving, used)


def test_the_search_finds_what_a_daemon_keeps_while_it_runs(serving):
    """And what it need not keep is not there."""
    assert 'token' in found_in(serving.delivery.process.pid, {'token': TOKEN})
    assert not found_in(serving.helper.process.pid, {'token': TOKEN, 'master key': MASTER_KEY.read_bytes()})
    assert not found_in(serving.delivery.process.pid, {'master key': MASTER_KEY.read_bytes()})


@pytest.fixture(name='guest', scope='module')
def fixture_guest():
    # Bound at once, as sshd is: binding a function late would save the registers on the stack, with what is in them.
    run('clang', '-Wall', '-Werror', '-O1', '-Wl,-z,now', '-o', GUEST,
        pathlib.Path(__file__).parent.parent / 'support/memory_guest.c', '-lpam')
    return pam_client.write_stack('/run/pam', 'su', 'auth required pam_ssp_mfa.so debug')


def test_the_module_leaves_nothing_in_its_host(serving, guest):
    person = serving.person('guest')
    used = Used(person)
    used.note('password', PASSWORD[END_OF_BLOCK:])
    seen = {}
    with Terminal(str(GUEST), guest, 'su', person.name) as application:
        pid = application.pid
        codes = set_up(application, serving, person, 'app', used, lambda: seen.update(found_in(pid, used.values)))
        application.question('ended 0')
        assert not left_in(pid, used.values)
    assert 'app key 4' in seen, seen  # as it is shown: it is in the question
    with Terminal(str(GUEST), guest, 'su', person.name) as application:
        application.answer(CODE, codes[0])
        application.question('ended 0')
        assert not left_in(application.pid, used.values)
