"""Codes through a real Kannel over SMPP 3.4 to a carrier, which Net::SMPP plays, by the shipped provider file."""
import calendar
import time

import pytest

from ceremonies import enrol_by_text
from kannel import Kannel, SmppCarrier
from test_kannel import use_kannel

TEN_SECONDS = 10


@pytest.fixture(name='carrier', scope='module')
def fixture_carrier(host):
    with Kannel('smpp') as kannel:
        use_kannel(host, kannel)
        carrier = SmppCarrier(kannel)
        carrier.start()
        kannel.wait_for_carrier()
        yield carrier
        carrier.stop()


def absolute(validity):
    """Seconds since 1970 of an absolute time of SMPP 3.4 (7.1.1): YYMMDDhhmmsstnnp in UTC."""
    assert validity.endswith('000+'), validity
    return calendar.timegm(time.strptime(validity[:12], '%y%m%d%H%M%S'))


def test_a_code_that_arrives_at_a_carrier_over_smpp_opens(host, carrier):
    alice = host.person('alice')
    enrol_by_text(host, alice, lambda: carrier.next_message(alice.number)['text'])
    [message] = carrier.messages(alice.number)
    assert (message['ton'], message['npi']) == (1, 1), 'not an international number'
    assert message['coding'] == 0 and len(message['text']) <= 160, 'not one segment of the GSM alphabet'


def test_the_carrier_is_told_until_when_the_code_is_good(host, carrier):
    alice = host.person('alice')
    enrol_by_text(host, alice, lambda: carrier.next_message(alice.number)['text'])
    [message] = carrier.messages(alice.number)
    assert 0 < absolute(message['validity']) - message['at'] <= 300 + TEN_SECONDS
