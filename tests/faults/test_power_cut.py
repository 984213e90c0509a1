"""Power cuts: only what was synced survives, and sectors beyond it as it happens, names included.

The daemon is killed and its folder replaced by what a disk would have (power_shim.c, power.py); then it is started
and what people were told is held against what is there, as after kill -9. The negative control is a disk that lies about
the log: what synchronous=NORMAL would be. There something that was told must be lost, else this harness is blind.
"""
import random
import time

import pytest
from history import Trial, settle
from house import PLAIN_BUILD, House
from power import Disk
from shim import CHANGES, library

pytestmark = pytest.mark.skipif(PLAIN_BUILD is None, reason='needs --plain-build')


class Wired(House):
    """A house whose power can be cut."""

    def __init__(self, name, **how):
        super().__init__(name, **how)
        self.disk = Disk(self.state, self.ids)
        self.disk.begin()
        self.preloaded = (library('power_shim'),)
        self.environment = {'POWER_FOLDER': str(self.state)}

    def lie(self, about):
        self.environment['POWER_LIES'] = about


@pytest.fixture(name='house')
def fixture_house(request):
    house = Wired(request.node.name.partition('[')[0][5:40])
    yield house
    house.close()


def cut_once(house, trial, chance, most):
    """Everybody does something until the power goes. Returns how many bytes went with it, and who still waits."""
    house.next_step(2)
    settle(house, trial)
    house.next_step(2)
    step = house.fresh_step()
    exact = chance.random() < 0.5
    if exact:
        house.control.arm('kill', chance.randint(1, most))
    threads = trial.everybody_does_something(step)
    if not exact:
        time.sleep(chance.random() * 0.05)
    while exact and any(thread.is_alive() for thread in threads) and not house.has_ended():
        time.sleep(0.001)
    house.kill()
    house.control.disarm()
    return house.disk.cut(chance), threads


def power_comes_back(house, trial, threads):
    assert house.start(), house.said()[-1000:]
    for thread in threads:  # whoever waited at the socket meanwhile is served now
        thread.join()
    house.next_step()
    trial.check()


def begin(house):
    assert house.start()
    trial = Trial(house, house.people(6), random.Random(3))
    house.next_step(2)
    house.control.arm(None, operations=CHANGES)
    for thread in trial.everybody_does_something(house.fresh_step()):
        thread.join()
    return trial, house.control.count


@pytest.mark.parametrize('cuts', [2, pytest.param(40, marks=pytest.mark.attack), pytest.param(400, marks=pytest.mark.soak)])
def test_what_was_told_is_true_after_a_power_cut(house, cuts):
    chance = random.Random(cuts)
    trial, most = begin(house)
    lost = 0
    for cut in range(cuts):
        bytes_lost, threads = cut_once(house, trial, chance, most)
        lost += bytes_lost > 0
        if cut % 20 == 19:
            print(f'# {cut + 1} of {cuts} cuts', flush=True)
        power_comes_back(house, trial, threads)
    house.kill()
    house.audit_verifies()
    print(f'figure: {cuts} cuts, {lost} of them lost bytes, {trial.acknowledged} acknowledged, 0 of those lost')


@pytest.mark.attack
@pytest.mark.soak
def test_a_disk_that_lies_about_the_log_loses_what_was_told(house):
    """The negative control."""
    trial, most = begin(house)
    house.kill()
    house.lie('-wal')
    house.disk.begin()
    chance = random.Random(40)
    losses = 0
    for _ in range(40):
        assert house.start()
        _, threads = cut_once(house, trial, chance, most)
        try:
            power_comes_back(house, trial, threads)
        except AssertionError as loss:
            losses += 1
            print(f'figure: lost, as it must: {(str(loss) or repr(loss)).splitlines()[0]}')
            break
        house.kill()
    assert losses, '40 power cuts on a disk that lies lost nothing: this harness sees nothing'
