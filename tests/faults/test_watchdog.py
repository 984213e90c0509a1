"""A daemon of which a part hangs: the module's side refuses in time, and systemd's watchdog would end the daemon.

The test is the daemon's systemd here: it listens at NOTIFY_SOCKET and says in WATCHDOG_USEC how often it wants to hear.
"""
import signal
import threading
import time

import client
import pytest
from house import PLAIN_BUILD, House, app_code
from pam_process import PamProcess

pytestmark = pytest.mark.skipif(PLAIN_BUILD is None, reason='needs --plain-build')
BEAT = 300_000
FED = 'WATCHDOG=1'


@pytest.fixture(name='house')
def fixture_house(request):
    house = House(request.node.name[5:40])
    assert house.start(watchdog_usec=BEAT)
    yield house
    house.control.disarm()
    house.signal(signal.SIGCONT)
    house.close()


def is_fed(house, within):
    house.listen(0.3)
    house.heard.clear()
    end = time.monotonic() + within
    while time.monotonic() < end:
        house.listen(0.1)
        if any(FED in said for said in house.heard):
            return True
    return False


def test_a_writer_that_hangs_in_a_sync_stops_the_feeding_and_lets_nobody_in(house):
    alice, = house.people(1)
    assert is_fed(house, within=60)
    house.next_step(2)
    house.control.arm('hang', 1, ['sync'], then_on=True)
    verdicts = []

    def try_to_sign_in():
        try:
            with house.sign_in(alice, patience=60) as talk:
                talk.answer(app_code(alice.key, house.step()))
                verdicts.append(talk.verdict)
        except client.Gone:
            verdicts.append('gone')
    waiting = threading.Thread(target=try_to_sign_in)
    waiting.start()
    while house.control.count == 0:
        time.sleep(0.01)
    assert not is_fed(house, within=6 * BEAT / 1_000_000), 'a daemon that cannot write was fed'
    house.kill()  # what systemd does now
    house.control.disarm()
    waiting.join()
    assert verdicts == ['gone']
    assert house.start(watchdog_usec=BEAT) and is_fed(house, within=60)


@pytest.mark.attack
def test_a_loop_that_hangs_stops_the_feeding_and_the_module_refuses_in_time(house):
    alice, = house.people(1)
    house.next_step(2)
    with PamProcess(house) as module:
        house.signal(signal.SIGSTOP)
        began = time.monotonic()
        result = module.sign_in(alice, [])
        took = time.monotonic() - began
    assert result != 'PAM_SUCCESS', result
    print(f'refused after {took:.1f} s')
    assert took < 30
    assert not is_fed(house, within=6 * BEAT / 1_000_000)
    house.signal(signal.SIGCONT)
    assert is_fed(house, within=60)


def test_a_full_disk_and_an_error_are_answers_that_feed(house):
    alice, = house.people(1)
    house.control.arm('fail', 1, ['write'], 'ENOSPC', then_on=True)
    with house.sign_in(alice) as talk:
        talk.answer('000000')
        assert talk.verdict == 'unavailable'
    assert is_fed(house, within=60), 'a full disk became a restart loop'
    house.heard.clear()
    house.control.disarm()
    assert house.hears('STATUS=serving')
    for turn in range(2):
        house.control.arm('fail', 1, ['sync'], 'EIO', then_on=True)
        with house.sign_in(alice) as talk:
            if talk.verdict is None:
                talk.answer('000000')
            assert talk.verdict == 'unavailable'
        if turn == 0:
            house.wait_for_end()
            house.control.disarm()
            assert house.start(watchdog_usec=BEAT)
    assert is_fed(house, within=60), 'a database that is given up became a restart loop'
