"""Runs after all others, which logged all they could: no code, key, number or password of the whole run is in a log,
in the database, in a core file, in a command line or in an environment."""
import collections
import contextlib
import os
import pathlib
import pwd
import re
import signal
import time
from syslog import LOG_DEBUG

import pytest

import gammu
from ceremonies import code_in, enrol, enrol_by_text
from host import EXAMPLES, OUTBOX, STATE, outbox
from http_gateway import HttpGateway, provider
from sip_refuser import Refuser
from terminal import OPTION, SshTerminal

# sshd at LogLevel DEBUG3 writes ports and process numbers: five and six digits are looked for elsewhere.
SSHD_LOG = pathlib.Path('/var/log/sshd.log')
SYSLOG = pathlib.Path('/var/log/syslog')

pytestmark = pytest.mark.closing
TOKEN = 'token-9fQ2mXr7'
WITH_TOKEN = 'auth = "bearer"\ntoken = "{secret.token}"\n'
TRUNK = 'kind = "sip"\nchannels = ["voice-call"]\nproxy = "sip:127.0.0.1:5098;transport=udp"\n' \
    'from = "sip:alarm@127.0.0.1"\nring_timeout = "5s"\n'
PHONES = ('/run/outbox/', '/run/gammu/', '/run/gammu-outbox/')  # what arrives at phones lies here


def finds(secrets, text):
    """What of the secrets is in these bytes: letters and digits as whole words, the rest anywhere."""
    assert secrets, 'nothing to look for'
    words = set(re.findall(rb'[0-9A-Za-z]+', text))
    found = set()
    for value, kind in secrets:
        bare = re.sub(r'[-+ ]', '', value)
        national = bare[1:] if value.startswith('+1') else bare
        if value.encode() in (words if value.isalnum() else text) or {bare.encode(), national.encode()} & words:
            found.add(f'{kind} {value}')
    return found


@pytest.fixture(name='secrets', scope='module')
def fixture_secrets(host):
    """At least one of each kind, also when this file runs alone. The host's state is what these people left."""
    goes_through_gateways(host)
    for way in ('text', 'voice', 'app'):
        enrol(host, host.person('last'), way)
    return host.secrets.items()


@contextlib.contextmanager
def asks_for(option, question, person):
    """Comes as far as the number, in the first sign-in, and hangs up at the end."""
    with SshTerminal(person, person.new_key()) as ssh:
        ssh.answer(OPTION, option)
        ssh.answer(question, person.typed_number)
        yield ssh
        ssh.hang_up()


def goes_through_gateways(host):
    """Codes by HTTP, by a program and by a call; accepted, and refused by a gateway that says it all again."""
    host.keep_secret('token', TOKEN)
    host.secrets.note('gateway token', TOKEN)
    secret = '[secrets]\ntoken = "/etc/ssp-mfa/secrets/token"\n[request]'
    with HttpGateway(8085) as gateway:
        for behaviour in ('prompt', 'echo'):
            host.configure(http=provider(gateway.url(behaviour), WITH_TOKEN).replace('[request]', secret, 1), trunk=TRUNK)
            host.delivery.reload()
            person = host.person('last')
            if behaviour == 'prompt':
                enrol_by_text(host, person, lambda: gateway.next_text(person.number))
                continue
            with asks_for('1', 'Mobile phone number', person) as ssh:
                ssh.question(OPTION)
                host.secrets.note('text code', code_in(gateway.next_text(person.number))[0])
    with Refuser(5098, None, rings=True) as trunk, asks_for('2', 'Phone number', host.person('last')):
        trunk.wait_for('INVITE')
        time.sleep(1)  # for the witness
    modem = gammu.Gammu()
    modem.start()
    host.configure(gammu=(EXAMPLES / 'providers.d/gammu.toml').read_text(encoding='utf-8'), outbox=outbox('voice-call'))
    host.delivery.stop()
    host.delivery.start()  # in one more group now
    person = host.person('last')
    enrol_by_text(host, person, lambda: modem.next_text(person.number))
    modem.stop()
    host.configure()
    host.delivery.reload()


def long_ones(secrets):
    return [(value, kind) for value, kind in secrets if len(value) > 6]


# At the least, also when this file runs alone: 4 people by text, 1 by voice, 1 by app, 6 recovery codes each.
LEAST = {'text code': 4, 'voice code': 1, 'app key': 1, 'app code': 1, 'recovery code': 18, 'number': 6, 'password': 6,
         'gateway token': 1}


def test_every_kind_of_secret_is_looked_for(secrets):
    counts = collections.Counter(kind for _, kind in secrets)
    print(f'looked for: {dict(counts)}')
    assert {kind: (counts[kind], least) for kind, least in LEAST.items() if counts[kind] < least} == {}


def test_everybody_logged_all_there_was_to_log():
    assert SSHD_LOG.read_bytes().count(b'debug3:') > 100
    from_module = re.findall(rb'(?m)^<(\d+)>.*pam_ssp_mfa', SYSLOG.read_bytes())
    assert any(int(priority) % 8 == LOG_DEBUG for priority in from_module)


def test_what_is_looked_for_would_be_found(host, secrets):
    """The outbox holds codes and numbers: that is its purpose, and proves the search."""
    outbox = OUTBOX.read_bytes()
    found = finds(secrets, outbox)
    kinds = {entry.rpartition(' ')[0] for entry in found}
    assert {'text code', 'voice code', 'number'} <= kinds
    assert {kind for _, kind in secrets} >= {'password', 'app key', 'app code', 'recovery code'}


def test_no_secret_is_in_a_log(secrets):
    for log in pathlib.Path('/var/log').glob('*.log'):
        assert not finds(long_ones(secrets) if log == SSHD_LOG else secrets, log.read_bytes()), log
    ours = b'\n'.join(line for line in SYSLOG.read_bytes().splitlines() if b'pam_ssp_mfa' in line)
    assert ours.count(b'\n') > 2
    assert not finds(secrets, ours)
    assert not finds(long_ones(secrets), SYSLOG.read_bytes())


def test_no_secret_is_in_the_database_its_wal_or_its_free_pages(host, secrets):
    files = sorted(STATE.iterdir())
    assert any(file.name.endswith('-wal') and file.stat().st_size > 0 for file in files)
    for file in files:
        assert not finds(secrets, file.read_bytes()), file
    host.helper.stop()
    host.helper.start()
    for file in sorted(STATE.iterdir()):
        assert not finds(secrets, file.read_bytes()), file


def test_no_secret_was_in_a_command_line_or_an_environment(witness, secrets):
    assert any(b'ssp-mfad' in seen for seen in witness.seen)
    assert any(b'sshd' in seen for seen in witness.seen)
    assert not finds(long_ones(secrets), b'\n'.join(witness.seen))
    argv = b'\n'.join(seen for seen in witness.seen if b'ssp-mfa' in seen)
    assert not finds(secrets, argv)


def test_the_gateways_were_really_used(host, witness, secrets):
    said = host.delivery.log.read_text(encoding='utf-8')
    assert 'said="HTTP 202"' in said and 'said="HTTP 400"' in said
    for program in (b'ssp-mfa-deliveryd', b'ssp-mfa-call'):  # send-by-gammu is too quick to be met each time
        assert any(program in seen for seen in witness.seen), program
    assert 'gateway token' in {kind for _, kind in secrets}


def test_no_code_and_no_number_is_in_a_file_of_ours(secrets):
    """Whatever the two users own, wherever it is; the state has a test of its own."""
    owners = {pwd.getpwnam(name).pw_uid for name in ('ssp-mfa', 'ssp-mfa-delivery')}
    looked_at = 0
    for top in ('/run', '/var', '/tmp', '/dev/shm', '/etc', '/home'):
        for folder, _, names in os.walk(top):
            for path in (os.path.join(folder, name) for name in names):
                if path.startswith((*PHONES, str(STATE), '/run/layers/')) or not os.path.isfile(path):
                    continue
                if os.lstat(path).st_uid in owners:
                    looked_at += 1
                    assert not finds(secrets, pathlib.Path(path).read_bytes()), path
    assert looked_at > 0, 'nothing of ours was found'


def test_a_crash_leaves_no_core_file(host, secrets):
    for daemon in (host.helper, host.delivery):
        process = daemon.process
        limits = pathlib.Path('/proc', str(process.pid), 'limits').read_text(encoding='ascii')
        assert re.search(r'^Max core file size +0 +0 ', limits, re.MULTILINE)
        process.send_signal(signal.SIGABRT)
        process.wait()
        daemon.kill()
    assert not [file for folder in ('/', '/tmp', STATE) for file in pathlib.Path(folder).glob('core*')]
    host.delivery.start()
    host.helper.start()


def test_nobody_else_reads_the_state(host):
    assert (STATE.stat().st_mode & 0o777) == 0o700
    somebody = host.person('curious')
    for file in [*STATE.iterdir(), pathlib.Path('/etc/ssp-mfa/master.key')]:
        assert somebody.run('cat', file).returncode != 0
