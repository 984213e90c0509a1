"""Several gateways: the next one carries the same code, and one that is down is left alone."""
import pathlib
import subprocess

import pytest

from ceremonies import finish, prove_app, prove_text
from host import outbox, run
from terminal import OPTION, SshTerminal

GATEWAY = pathlib.Path('/usr/local/sbin/gateway')
SEEN = pathlib.Path('/run/outbox/seen')  # by the gateway, a message a line
ANSWER = pathlib.Path('/run/outbox/answer')  # its exit code
PROGRAM = f'kind = "command"\nchannels = ["text-message"]\nargv = ["{GATEWAY}"]\n'
ROUTES = '''
[[routes]]
channel = "text-message"
providers = ["gateway", "second"]
'''


def answers(code):
    ANSWER.write_text(str(code), encoding='utf-8')


def seen():
    return SEEN.read_text(encoding='utf-8').splitlines() if SEEN.exists() else []


@pytest.fixture(name='host', scope='module')
def fixture_host(the_host):
    """The first gateway is a program that answers what a test says; the second takes everything."""
    GATEWAY.write_text(f'#!/bin/sh\ncat >> {SEEN}\nexit "$(cat {ANSWER})"\n', encoding='utf-8')
    GATEWAY.chmod(0o755)
    the_host.configure(ROUTES, gateway=PROGRAM, second=outbox('text-message', 'voice-call'))
    the_host.start_over()
    return the_host


@pytest.fixture(autouse=True)
def closed_breakers(host):
    SEEN.unlink(missing_ok=True)
    host.delivery.stop()
    host.delivery.start()


def providers(host):
    rows = host.json(run('ssp-mfa', 'providers', '--json'))
    return {row['provider']: row for row in rows}


@pytest.mark.parametrize('code, outcome', [(75, 'retry'), (77, 'credentials'), (1, 'unknown')])
def test_a_code_arrives_by_the_second_gateway(host, code, outcome):
    answers(code)
    alice = host.person('alice')
    with SshTerminal(alice, alice.new_key()) as ssh:
        ssh.answer(OPTION, '1')
        prove_text(ssh, host, alice)
        finish(ssh, host, alice, trust='n')
    first, = seen()
    assert host.json(first)['text'] == host.outbox.messages()[-1]['text'], 'another code'
    fared = providers(host)
    assert (fared['gateway'][outcome], fared['gateway']['accepted'], fared['second']['accepted']) == ('1', '0', '1')
    assert fared['gateway']['breaker'] == ('open' if outcome == 'credentials' else 'closed')


def test_a_gateway_that_refuses_the_number_is_believed(host):
    answers(65)
    before = host.outbox.messages()
    bob = host.person('bob')
    with SshTerminal(bob, bob.new_key()) as ssh:
        ssh.answer(OPTION, '1')
        ssh.answer('Mobile phone number', bob.typed_number)
        assert 'Sent to' not in ssh.question(f'({OPTION}|Mobile phone number)')
        ssh.hang_up()
    assert len(seen()) == 1 and host.outbox.messages() == before


def test_who_waits_for_gateways_that_are_down_is_told_and_takes_another_way(host):
    host.configure('', gateway=PROGRAM, second=outbox('voice-call'))
    host.delivery.reload()
    answers(69)
    for _ in range(6):  # the fifth opens the breaker
        subprocess.run(['ssp-mfa', 'send-test'], input='205 555 0199\n', text=True, check=False, capture_output=True)
    asked = len(seen())
    assert asked == 5
    carol = host.person('carol')
    with SshTerminal(carol, carol.new_key()) as ssh:
        ssh.answer(OPTION, '1')
        ssh.answer('Mobile phone number', carol.typed_number)
        told = ssh.question(OPTION)
        assert 'could not be sent' in told, told
        assert len(seen()) == asked, 'the gateway was asked again'
        ssh.say('3\r')
        prove_app(ssh, host, carol)
        finish(ssh, host, carol, trust='n')


def test_a_trial_shows_the_administrator_each_step(host):
    host.configure(ROUTES, gateway=PROGRAM, second=outbox('text-message', 'voice-call'))
    host.delivery.reload()
    answers(77)
    done = subprocess.run(['ssp-mfa', 'send-test'], input='205 555 0198\n', text=True, check=False,
                          capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr
    for step in ('the number ending 98 can be used', 'the route to US is gateway, second', 'gateway: credentials after',
                 'second: accepted after'):
        assert step in done.stdout
    text = host.outbox.messages()[-1]['text']
    assert text == 'This is a test of SSP. It holds no code.'
    alone = subprocess.run(['ssp-mfa', 'send-test', '--provider=gateway'], input='205 555 0198\n', text=True,
                           check=False, capture_output=True)
    assert alone.returncode == 1 and 'credentials: nothing was sent' in alone.stdout
