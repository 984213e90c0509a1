"""Codes through a real Kannel to its own fakesmsc, by the shipped provider file."""
import time

import pytest

from ceremonies import code_in, enrol, enrol_by_text, finish, prove_app
from host import EXAMPLES, outbox
from kannel import LOGS, USER, FakeCarrier, Kannel, wait_until
from terminal import CODE, OPTION, SshTerminal

SHORTEST_LIFE = 60  # seconds; Kannel counts minutes


def use_kannel(host, kannel, toml=''):
    """The daemons send by this gateway from here on, with the shipped provider file."""
    host.keep_secret('kannel-username', USER)
    host.keep_secret('kannel-password', kannel.password)
    host.secrets.note('gateway password', kannel.password)
    shipped = (EXAMPLES / 'providers.d/kannel.toml').read_text(encoding='utf-8')
    host.configure(toml, kannel=shipped, outbox=outbox('voice-call'))
    host.helper.reload()
    host.delivery.reload()


@pytest.fixture(name='gateway', scope='module')
def fixture_gateway(host):
    """Kannel, running, and the provider that reaches it. The carrier is away."""
    with Kannel('fake') as kannel:
        use_kannel(host, kannel)
        yield kannel


@pytest.fixture(name='carrier', scope='module')
def fixture_carrier(gateway):
    carrier = FakeCarrier()
    carrier.start()
    gateway.wait_for_carrier()
    yield carrier
    carrier.stop()


def test_a_code_that_arrives_at_a_phone_of_kannel_opens(host, carrier):
    alice = host.person('alice')
    key = enrol_by_text(host, alice, lambda: carrier.next_text(alice.number))
    with SshTerminal(alice, key) as ssh:
        ssh.answer(OPTION, '1')
        code, _ = code_in(carrier.next_text(alice.number, after=1))
        host.secrets.note('text code', code)
        ssh.answer(CODE, code)
        ssh.answer('y or n', 'n')
        ssh.is_in()
    assert len(carrier.texts(alice.number)) == 2


def test_when_kannel_is_away_the_person_is_told_at_once_and_another_way_works(host, gateway, carrier):
    alice = host.person('alice')
    key = enrol_by_text(host, alice, lambda: carrier.next_text(alice.number))
    newcomer = host.person('newcomer')
    gateway.stop()
    try:
        with SshTerminal(alice, key) as ssh:
            ssh.answer(OPTION, '1')
            told = ssh.answer(OPTION, alice.recovery_codes[0])
            assert 'could not be sent' in told and 'a recovery code' in told
            ssh.answer('y or n', 'n')
            ssh.is_in()
        with SshTerminal(newcomer, newcomer.new_key()) as ssh:
            ssh.answer(OPTION, '1')
            ssh.answer('Mobile phone number', newcomer.typed_number)
            told = ssh.answer(OPTION, '3')
            assert 'could not be sent' in told and 'Authenticator app' in told
            prove_app(ssh, host, newcomer)
            finish(ssh, host, newcomer, trust='n')
    finally:
        gateway.start()
        carrier.stop()
        carrier.start()
        gateway.wait_for_carrier()
        host.delivery.reload()  # its breakers begin closed


def test_a_password_that_kannel_does_not_know_is_the_administrator_s_trouble(host, gateway, carrier):
    host.keep_secret('kannel-password', 'another-one')
    host.delivery.reload()
    newcomer = host.person('newcomer')
    try:
        with SshTerminal(newcomer, newcomer.new_key()) as ssh:
            ssh.answer(OPTION, '1')
            ssh.answer('Mobile phone number', newcomer.typed_number)
            assert 'could not be sent' in ssh.question(OPTION)
            ssh.hang_up()
        assert 'outcome=credentials' in host.delivery.log.read_text(encoding='utf-8')
        assert not carrier.texts(newcomer.number)
    finally:
        use_kannel(host, gateway)


def test_what_kannel_queues_is_waited_for_and_opens_when_the_carrier_is_back(host, gateway, carrier):
    carrier.stop()
    gateway.wait_for_no_carrier()

    def carrier_is_back():
        assert not carrier.texts(alice.number)
        carrier.start()
        return carrier.next_text(alice.number)

    alice = host.person('alice')
    enrol_by_text(host, alice, carrier_is_back)
    assert 'outcome=queued' in host.delivery.log.read_text(encoding='utf-8')


@pytest.mark.slow
def test_a_code_that_is_dead_does_not_arrive_any_more(host, gateway, carrier):
    """The carrier is away for longer than the code is good."""
    use_kannel(host, gateway, toml=f'[codes]\nlife = "{SHORTEST_LIFE}s"')
    carrier.stop()
    gateway.wait_for_no_carrier()
    late, after = host.person('late'), host.person('after')
    try:
        with SshTerminal(late, late.new_key()) as ssh:
            ssh.answer(OPTION, '1')
            ssh.answer('Mobile phone number', late.typed_number)
            ssh.question(CODE)
            time.sleep(SHORTEST_LIFE + 5)
            carrier.start()
            gateway.wait_for_carrier()
            enrol_by_text(host, after, lambda: carrier.next_text(after.number))
            ssh.hang_up()
        assert not carrier.texts(late.number)
        wait_until(lambda: '(0 queued)' in gateway.status().partition('SMS: received')[2])
    finally:
        use_kannel(host, gateway)


def test_kannel_set_up_as_advised_keeps_no_code_in_its_logs(host, carrier):
    enrol(host, host.person('voice'), 'voice')
    codes = [value for value, kind in host.secrets.items() if kind in ('text code', 'gateway password')]
    assert len(codes) >= 3
    logs = sorted(LOGS.iterdir())
    assert any(b'Sent SMS' in log.read_bytes() for log in logs)
    for log in logs:
        assert not [code for code in codes if code.encode() in log.read_bytes()], log
