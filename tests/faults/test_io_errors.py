"""An error at the nth write, sync, read or open of the database's folder, for each n until none is hit: once, and
from then on. As systemd does, the test starts the daemon again when it ends; it may do so once (status 74), then
it has to stay and refuse.

Whatever the error: nobody is accepted whose code is not spent, what was told is true once the disk works again, and a
verb of the desk says "done", "not done", or that it is not known.
"""
import random
import time

import client
import pytest
from history import Trial, settle
from house import PLAIN_BUILD, House, app_code

pytestmark = pytest.mark.skipif(PLAIN_BUILD is None, reason='needs --plain-build')
EX_IOERR = 74


@pytest.fixture(name='house')
def fixture_house(request):
    house = House(request.node.name.partition('[')[0][5:40])
    yield house
    house.close()


def start_again_once(house):
    """What systemd does when the daemon ended by itself. The second time within 15 minutes it does not end."""
    if house.has_ended():
        assert house.status == EX_IOERR, f'ended with {house.status}: {house.said()[-800:]}'
        assert house.start(), 'a restart loop'


def people_try(house, trial, step):
    """Two people and the desk, one after the other; the daemon may end under them."""
    for number, work in enumerate((lambda: trial.sign_in(trial.people[0], step, True),
                                   lambda: trial.desk_acts(trial.people[-1]),
                                   lambda: trial.sign_in(trial.people[1], step, False))):
        if house.has_ended():
            start_again_once(house)
        work()
        assert number < 3


def try_each(house, trial, operations, error, then_on, numbers):
    """Returns how many of `numbers` were hit, and how many people were accepted nevertheless."""
    hit = 0
    before = trial.acknowledged
    for nth in numbers:
        house.next_step(2)
        settle(house, trial)
        house.next_step(2)
        step = house.fresh_step()
        starting = operations == ['open'] or nth % 3 == 0  # files are opened then
        if starting:
            house.stop()
        house.control.arm('fail', nth, operations, error, then_on)
        if starting:
            assert house.start(), 'a daemon that does not start leaves every sign-in waiting'
        people_try(house, trial, step)
        was_hit = house.control.was_hit
        house.control.disarm()
        (house.notes / 'ended-for-restart').unlink(missing_ok=True)
        if not house.has_ended():
            house.kill()
        assert house.start()
        house.next_step()
        trial.check()
        hit += was_hit
        if not was_hit:
            break
    return hit, trial.acknowledged - before


CASES = [(operation, error, then_on) for operation, error in
         [('write', 'EIO'), ('write', 'ENOSPC'), ('sync', 'EIO'), ('read', 'EIO'), ('open', 'EIO')]
         for then_on in (False, True)]


def run_cases(house, cases, numbers):
    assert house.start()
    trial = Trial(house, house.people(3), random.Random(7))
    trial.patience = 0.5  # whoever comes while the daemon is down
    hits = 0
    for operation, error, then_on in cases:
        hit, _ = try_each(house, trial, [operation], error, then_on, numbers(operation))
        print(f'# {operation} {error} {"from then on" if then_on else "once"}: {hit} errors')
        hits += hit
    house.kill()
    house.audit_verifies()
    assert hits
    return hits


def test_an_error_here_and_there_accepts_nobody_wrongly(house):
    run_cases(house, [('write', 'EIO', False), ('sync', 'EIO', True)], lambda operation: [2, 9])


@pytest.mark.attack
def test_every_so_many_operations_that_fail_accept_nobody_wrongly(house):
    run_cases(house, CASES, lambda operation: range(1, 1000, 3 if operation == 'open' else 14))


@pytest.mark.soak
def test_each_operation_that_fails_accepts_nobody_wrongly(house):
    print(f'figure: {run_cases(house, CASES, lambda operation: range(1, 1000))} errors in all, nobody accepted wrongly')


def test_after_an_io_error_it_ends_once_and_then_stays_and_refuses(house):
    assert house.start()
    alice, = house.people(1)
    house.next_step(2)
    house.control.arm('fail', 1, ['sync'], 'EIO', then_on=True)
    for expected in (EX_IOERR, None):
        with pytest.raises(client.Gone), house.sign_in(alice) as talk:
            if talk.asked is not None:  # else the helper met the error by itself before
                talk.answer(app_code(alice.key, house.step()))
            assert talk.verdict == 'unavailable' and 'cannot be checked' in talk.said
            raise client.Gone('as expected')
        if expected is not None:
            assert house.wait_for_end() == expected
            house.control.disarm()
            assert house.start()
            house.control.arm('fail', 1, ['sync'], 'EIO', then_on=True)
    assert house.hears('STATUS=refusing')
    house.control.disarm()
    with house.sign_in(alice) as talk:
        assert talk.verdict == 'unavailable', 'it went on with a database of which nobody knows'
    house.signal(1)  # systemctl reload
    assert house.hears('STATUS=serving')
    house.next_step(2)
    with house.sign_in(alice) as talk:
        talk.answer(app_code(alice.key, house.step()))
        assert talk.verdict == 'accepted', talk.said


def test_the_desk_is_not_told_what_nobody_knows(house):
    assert house.start()
    alice, = house.people(1)
    house.control.arm('fail', 1, ['sync'], 'EIO')
    with house.desk('user', 'lock', alice.name, '--reason=lost phone') as talk:
        assert talk.verdict == 'unavailable'
        assert 'not known whether this was done' in talk.said and f'ssp-mfa user show {alice.name}' in talk.said
    assert house.wait_for_end() == EX_IOERR
    house.control.disarm()
    assert house.start()
    with house.desk('user', 'show', alice.name) as talk:
        assert talk.verdict == 'accepted'


def is_checked(house):
    """Waits for the check after an unclean stop, or for an end: what the journal says of it."""
    begin = len(house.said())
    house.start(watchdog_usec=1_500_000)  # it looks twice a second whether a start that failed works now
    end = time.monotonic() + 60
    while time.monotonic() < end:
        said = house.said()[begin:]
        for words in ('the database is sound', 'the database could not be checked', 'until this is repaired'):
            if words in said:
                return words
        if house.has_ended():
            assert house.status == EX_IOERR
            return 'ended'
        time.sleep(0.01)
    raise AssertionError(house.said()[begin:])


@pytest.mark.parametrize('every', [5, pytest.param(3, marks=pytest.mark.attack)])
def test_a_page_that_cannot_be_read_is_not_taken_for_a_damaged_one(house, every):
    assert house.start()
    alice, = house.people(1)
    house.kill()
    house.control.arm(None, operations=['read'])
    assert is_checked(house) == 'the database is sound'
    most = house.control.count
    answers = set()
    for nth in [*range(1, most, 12 * every), *range(max(1, most - 20), most + 5, every)]:  # the check reads last
        house.kill()
        (house.notes / 'ended-for-restart').unlink(missing_ok=True)
        house.control.arm('fail', nth, ['read'], 'EIO')
        answers.add(is_checked(house))
        house.control.disarm()
        if house.has_ended():
            assert house.start()
    assert 'the database could not be checked' in answers and not answers & {'until this is repaired'}, answers
    house.next_step(2)
    with house.sign_in(alice) as talk:
        talk.answer(app_code(alice.key, house.fresh_step()))
        assert talk.verdict == 'accepted', talk.said
