"""kill -9 of the helper and of the process that the module is in, at random moments and at each system call.

People sign in, mistype, use recovery codes and are locked and unlocked by the desk until the daemon is killed; it is
started again, and what everybody was told is held against what is there. The history has whole tuples (who, code,
what was answered): an answer that did not come is "unknown", and may have gone either way, once.

* accepted: the code is spent; presented again it is refused.
* refused as wrong: 3 points are charged for as long as nobody's success in the same sign-in gives them back.
* unknown: the code may be spent or good, but is never accepted twice; its points may be charged.
* locked or unlocked by the desk: as it was told, and audited.
* afterwards everybody can sign in with a new code; the database is sound; nothing is left behind.
"""
import random
import time

import pytest
from history import Trial, settle
from house import PLAIN_BUILD, House
from shim import CHANGES

pytestmark = pytest.mark.skipif(PLAIN_BUILD is None, reason='needs --plain-build')


@pytest.fixture(name='house')
def fixture_house(request):
    house = House(request.node.name.partition('[')[0][5:40])
    yield house
    house.close()


def kill_again_and_again(house, runs, seed):
    chance = random.Random(seed)
    assert house.start()
    trial = Trial(house, house.people(6), chance)
    house.next_step(2)
    house.control.arm(None, operations=CHANGES)
    for thread in trial.everybody_does_something(house.fresh_step()):
        thread.join()
    most = house.control.count
    assert most > 20 and trial.acknowledged > 3
    for run in range(runs):
        house.next_step(2)
        house.control.disarm()
        settle(house, trial)
        house.next_step(2)
        step = house.fresh_step()
        exact = run % 2 == 0
        if exact:
            house.control.arm('kill', chance.randint(1, most))
        threads = trial.everybody_does_something(step)
        if not exact:
            time.sleep(chance.random() * 0.05)
        else:
            while any(thread.is_alive() for thread in threads) and not house.has_ended():
                time.sleep(0.001)
        house.kill()
        if chance.random() < 0.2:  # and once more, while it starts
            house.control.arm('kill', chance.randint(1, 8))
            house.start()
            house.kill()
        house.control.disarm()
        assert house.start()
        for thread in threads:  # whoever waited at the socket meanwhile is served now
            thread.join()
        house.next_step()
        trial.check()
        if run % 50 == 49:
            print(f'# {run + 1} of {runs} kills', flush=True)
    house.kill()
    trail = house.audit_verifies()
    print(f'figure: {runs} kills, {trial.acknowledged} acknowledged, {trail} audit rows, at most {most} changes in a run')
    return trial


@pytest.mark.parametrize('runs', [6, pytest.param(100, marks=pytest.mark.attack),
                                  pytest.param(1000, marks=pytest.mark.soak)])
def test_what_was_told_is_true_after_kill_9_of_the_helper(house, runs):
    kill_again_and_again(house, runs, seed=20261124)
