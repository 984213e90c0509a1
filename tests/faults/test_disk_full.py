"""A file system that fills up, and one that becomes read-only, under the running daemon: a small tmpfs.

Nobody is accepted while it lasts, the desk still locks and unlocks, what was told stays true, and it ends without a
restart when there is room again. The daemon's process is the same one all the time.
"""
import subprocess

import pytest
from house import PLAIN_BUILD, House, app_code

pytestmark = pytest.mark.skipif(PLAIN_BUILD is None, reason='needs --plain-build')


BEAT = 1_500_000  # microseconds: a heartbeat twice a second


def mount_small(folder):
    subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=6m', 'none', folder], check=True)


@pytest.fixture(name='house')
def fixture_house(request):
    house = House(request.node.name[5:40], mount=mount_small)
    yield house
    house.close()
    subprocess.run(['umount', house.state], check=True)


def fill(house):
    with (house.state / 'filling').open('wb', buffering=0) as file:
        try:
            while True:
                file.write(b'x' * 4096)
        except OSError:
            pass


def is_accepted(house, person):
    house.next_step(2)
    with house.sign_in(person) as talk:
        if talk.verdict is None:
            talk.answer(app_code(person.key, house.fresh_step()))
        assert talk.verdict in ('accepted', 'unavailable'), talk.said
        return talk.verdict == 'accepted'


def desk_may(house, person, act):
    with house.desk('user', act, person.name, '--reason=the disk is full') as talk:
        return talk.verdict == 'accepted'


def test_a_full_disk_refuses_sign_ins_and_lets_the_desk_act_and_ends_by_itself(house):
    assert house.start(watchdog_usec=BEAT)
    alice, = house.people(1)
    assert is_accepted(house, alice)
    first = house.pid
    fill(house)
    tries = 0
    while is_accepted(house, alice):  # the log has room of its own left
        tries += 1
        assert tries < 1000
    assert house.hears('STATUS=refusing')
    assert not (house.state / 'ssp-mfa.db.ballast').exists()
    for _ in range(40):
        assert not is_accepted(house, alice)
        assert desk_may(house, alice, 'lock') and desk_may(house, alice, 'unlock')
    with house.desk('user', 'show', alice.name) as talk:
        assert talk.verdict == 'accepted' and talk.rows
    house.kill()
    assert house.start(watchdog_usec=BEAT), 'a start on a full disk'
    assert not is_accepted(house, alice) and desk_may(house, alice, 'lock') and desk_may(house, alice, 'unlock')
    second = house.pid
    house.heard.clear()
    (house.state / 'filling').unlink()
    assert house.hears('STATUS=serving'), 'nobody signs in meanwhile: the heartbeat finds the room'
    assert is_accepted(house, alice)
    assert (house.state / 'ssp-mfa.db.ballast').stat().st_size == 1024 * 1024
    assert house.pid == second and first != second
    house.looks_sound()
    house.kill()
    house.audit_verifies()


@pytest.mark.attack
def test_a_disk_that_is_full_at_the_start_without_ballast_ends_by_itself(house):
    assert house.start(watchdog_usec=BEAT)
    alice, = house.people(1)
    house.kill()
    (house.state / 'ssp-mfa.db.ballast').unlink()
    fill(house)
    assert house.start(watchdog_usec=BEAT)
    assert not is_accepted(house, alice)
    house.heard.clear()
    (house.state / 'filling').unlink()
    assert house.hears('STATUS=serving')
    assert is_accepted(house, alice)


def test_a_file_system_that_becomes_read_only_refuses_and_ends_by_itself(house):
    assert house.start(watchdog_usec=BEAT)
    alice, = house.people(1)
    first = house.pid
    # As a kernel does that met an error. A remount is refused while the database is open for writing.
    house.control.arm('fail', 1, ['write', 'sync', 'truncate', 'unlink'], 'EROFS', then_on=True, read_only=True)
    assert not is_accepted(house, alice) and not desk_may(house, alice, 'lock')
    assert house.hears('STATUS=refusing every sign-in: the file system of the database is read-only')
    assert house.control.count == 0, 'it tried to write'
    house.heard.clear()
    house.control.disarm()
    assert house.hears('STATUS=serving')
    assert is_accepted(house, alice) and house.pid == first


@pytest.mark.attack
def test_a_start_on_a_read_only_file_system_refuses_and_ends_by_itself(house):
    assert house.start(watchdog_usec=BEAT)
    alice, = house.people(1)
    house.kill()
    subprocess.run(['mount', '-o', 'remount,ro', house.state], check=True)
    assert house.start(watchdog_usec=BEAT)
    assert not is_accepted(house, alice) and not desk_may(house, alice, 'lock')
    subprocess.run(['mount', '-o', 'remount,rw', house.state], check=True)
    assert house.hears('STATUS=serving')
    assert is_accepted(house, alice)
