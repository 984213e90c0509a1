"""A gateway that does what no gateway should: the person who waits for it is told in time and goes another way, others
sign in meanwhile, and the delivery daemon never stops to answer."""
import contextlib
import json
import os
import pathlib
import shutil
import socket
import subprocess

import pytest

from ceremonies import enrol, enrol_by_text, finish, prove_app
from host import outbox, run
from http_gateway import FOLDER, HttpGateway, provider
from terminal import OPTION, SshTerminal

LOOP_WATCH = pathlib.Path(__file__).parent.parent / 'support/loop_watch.py'
NOT_CERTAIN = 'It is not certain that the message was sent'
NOT_SENT = 'could not be sent'
DEADLINE = 'deadline = "3s"\n'
HALF_OF_IT = 1500  # milliseconds: somebody who waits for the same gateway waits longer


@pytest.fixture(name='host', scope='module')
def fixture_host(the_host):
    """deliveryd without sanitizers where that is possible, because how long it takes is looked at."""
    the_host.configure()
    the_host.start_over()
    if 'SSP_PLAIN_BUILD' in os.environ:
        program = pathlib.Path('/usr/local/sbin/ssp-mfa-deliveryd')
        shutil.copy(pathlib.Path(os.environ['SSP_PLAIN_BUILD'], 'helper/delivery/ssp-mfa-deliveryd'), program)
        the_host.delivery.stop()
        the_host.delivery.start([program])
    yield the_host
    the_host.configure()
    the_host.start_over()


@pytest.fixture(name='plain', scope='module')
def fixture_plain(host):
    with HttpGateway(8081) as gateway:
        yield gateway


def certificate(name):
    """A key, and a certificate by nobody but itself; the files of both."""
    FOLDER.mkdir(mode=0o700, exist_ok=True)
    key, signed = FOLDER / f'{name}.key', FOLDER / f'{name}.pem'
    run('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
        '-subj', f'/CN={name}', '-addext', f'subjectAltName=DNS:{name}', '-keyout', key, '-out', signed)
    return key, signed


@pytest.fixture(name='behind_tls', scope='module')
def fixture_behind_tls(host):
    """A gateway whose certificate is for another name."""
    key, signed = certificate('elsewhere.example')
    shutil.copy(signed, '/etc/ssp-mfa/gateway-ca.pem')
    with HttpGateway(8443, signed, key) as gateway:
        yield gateway


@contextlib.contextmanager
def loop_watched(host, what):
    """Prints how long deliveryd let others wait (5 ms are aimed at); they did not wait for the gateway."""
    with subprocess.Popen([LOOP_WATCH, '/run/ssp-mfa-delivery/delivery.sock', str(host.delivery.process.pid)],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as watch:
        assert watch.stdout.readline() == 'asking\n'
        yield
        watch.stdin.close()
        found = json.loads(watch.stdout.read())
    print(f'\n{what}: answered {found["asked"]} times, longest {found["longest"]} ms, over 5 ms {found["late"]} times; '
          f'at work {found["work"]} ms at most')
    assert found['asked'] > 100 and found['longest'] < HALF_OF_IT, 'others waited for the gateway'


def is_told_and_goes_another_way(host, words):
    """A newcomer wants a text message; somebody else signs in meanwhile; the newcomer is told, and takes an app."""
    newcomer = host.person('newcomer')
    with SshTerminal(newcomer, newcomer.new_key()) as ssh:
        ssh.answer(OPTION, '1')
        ssh.answer('Mobile phone number', newcomer.typed_number)
        enrol(host, host.person('other'), 'app')
        told = ssh.answer(OPTION, '3')
        assert words in told and 'Authenticator app' in told, told
        prove_app(ssh, host, newcomer)
        finish(ssh, host, newcomer, trust='n')
    return newcomer


def serve_by(host, file):
    host.configure(hostile=file.replace('[request]', f'{DEADLINE}[request]', 1), outbox=outbox('voice-call'))
    host.delivery.reload()


@pytest.mark.parametrize('behaviour, words', [
    ('silent', NOT_CERTAIN),
    pytest.param('drip', NOT_CERTAIN, marks=pytest.mark.slow),
    pytest.param('endless', NOT_CERTAIN, marks=pytest.mark.slow),
    pytest.param('endless-headers', NOT_CERTAIN, marks=pytest.mark.slow),
    pytest.param('huge', NOT_CERTAIN, marks=pytest.mark.slow),
    pytest.param('malformed', NOT_CERTAIN, marks=pytest.mark.slow),
    pytest.param('cut-off', NOT_CERTAIN, marks=pytest.mark.slow),
    pytest.param('redirect', NOT_SENT, marks=pytest.mark.slow),
])
def test_a_hostile_gateway_stops_nobody(host, plain, behaviour, words):
    serve_by(host, provider(plain.url(behaviour)))
    with loop_watched(host, behaviour):
        newcomer = is_told_and_goes_another_way(host, words)
    assert [message['path'] for message in plain.messages(newcomer.number)] == [f'/{behaviour}']


@pytest.mark.slow
@pytest.mark.parametrize('more', ['', 'ca_file = "/etc/ssp-mfa/gateway-ca.pem"\n'],
                         ids=['an_authority_that_nobody_knows', 'another_name'])
def test_a_gateway_with_a_wrong_certificate_gets_no_message(host, behind_tls, more):
    serve_by(host, provider(behind_tls.url('prompt', 'localhost'), more))
    with loop_watched(host, 'wrong certificate'):
        newcomer = is_told_and_goes_another_way(host, NOT_SENT)
    assert not behind_tls.messages(newcomer.number)


@pytest.mark.slow
def test_a_gateway_that_an_authority_of_the_system_vouches_for_is_believed(host):
    """And the file of all authorities, which takes 15 ms of work, is not read for it."""
    key, signed = certificate('localhost')
    shutil.copy(signed, '/usr/local/share/ca-certificates/localhost.crt')
    run('update-ca-certificates')
    alice = host.person('alice')
    with HttpGateway(8444, signed, key) as gateway, loop_watched(host, 'right certificate'):
        serve_by(host, provider(gateway.url('prompt', 'localhost')))
        enrol_by_text(host, alice, lambda: gateway.next_text(alice.number))


@pytest.mark.slow
def test_a_name_server_that_never_answers_stops_nobody(host):
    serve_by(host, provider('https://gateway.example.com/prompt'))
    before = pathlib.Path('/etc/resolv.conf').read_bytes()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(('127.0.0.1', 53))
        try:
            pathlib.Path('/etc/resolv.conf').write_text('nameserver 127.0.0.1\n', encoding='ascii')
            with loop_watched(host, 'silent name server'):
                is_told_and_goes_another_way(host, NOT_SENT)
            assert silent.recv(512, socket.MSG_DONTWAIT), 'nobody asked the name server'
        finally:
            pathlib.Path('/etc/resolv.conf').write_bytes(before)


def test_somebody_who_asks_waits_for_nobody_when_nothing_happens(host):
    """What the machine itself adds, to compare with."""
    with loop_watched(host, 'nothing'):
        subprocess.run(['sleep', '2'], check=True)


def test_that_how_long_the_daemon_lets_others_wait_would_be_seen(host):
    """The measurement itself: a daemon that is stopped for a while is late."""
    with pytest.raises(AssertionError, match='others waited'):
        with loop_watched(host, 'stopped'):
            subprocess.run(['sleep', '0.2'], check=True)
            host.delivery.freeze()
            subprocess.run(['sleep', '2'], check=True)
            host.delivery.thaw()
