"""The process that loaded the module is killed at each of its system calls, and enrolments are broken off at each step:
by its kill, by the helper's, and by a hang-up.

A code that was compared is charged, whoever was killed; nobody is locked out; nobody has half a factor: either the next
sign-in begins the set-up anew, or the key that was shown works, and its proving code does not work again.
"""
import itertools
import random

import client
import pytest
from house import PLAIN_BUILD, House, Somebody, app_code, key_in
from pam_process import PamProcess
from shim import CHANGES

pytestmark = pytest.mark.skipif(PLAIN_BUILD is None, reason='needs --plain-build')
POINTS = 3
NEW_PEOPLE = itertools.count(7100)


@pytest.fixture(name='house')
def fixture_house(request):
    house = House(request.node.name.partition('[')[0][5:40])
    assert house.start()
    yield house
    house.close()


def some_of(most, share):
    """Every call, or with a share of them the first, the last and a few between, chosen anew in each run of the test."""
    chosen = range(1, most + 1)
    if share == 1:
        return chosen
    return sorted({1, most, *random.sample(chosen, min(most, share))})


def rows_of(house, person, event):
    with house.rows() as database:
        return database.execute('SELECT count(*) FROM audit WHERE name = ? AND event = ?', (person.name, event)).fetchone()[0]


def signs_in_with_a_new_code(house, person):
    house.next_step(2)
    with house.sign_in(person) as talk:
        assert talk.asked and 'from your app' in talk.asked, f'{talk.verdict} {talk.said}'
        talk.answer(app_code(person.key, house.fresh_step()))
        return talk.verdict == 'accepted'


@pytest.mark.parametrize('share', [3, pytest.param(20, marks=pytest.mark.attack), pytest.param(1, marks=pytest.mark.soak)])
def test_a_module_killed_at_each_of_its_calls_gets_no_try_back_and_locks_nobody_out(house, share):
    alice, = house.people(1)
    with PamProcess(house) as module:
        def try_twice():
            house.next_step(2)
            right = app_code(alice.key, house.fresh_step())
            return module.sign_in(alice, [f'{(int(right) + 1) % 1000000:06}', right])
        module.control.arm(None, operations=['talk'], everywhere=True)
        assert try_twice() == 'PAM_SUCCESS'
        most = module.control.count
        assert most > 10
        for nth in some_of(most, share):
            before, points = {event: rows_of(house, alice, event) for event in ('code-refused', 'sign-in-accepted')}, \
                house.points(alice)
            module.control.arm('kill', nth, operations=['talk'], everywhere=True)
            result = try_twice()
            assert result == 'killed' or not module.control.was_hit  # it waits sometimes more, sometimes less often
            module.control.disarm()
            assert signs_in_with_a_new_code(house, alice)
            compared = rows_of(house, alice, 'code-refused') - before['code-refused']
            accepted = rows_of(house, alice, 'sign-in-accepted') - before['sign-in-accepted'] - 1
            charged = house.points(alice) - points
            if result != 'killed':
                continue
            assert compared <= 1 and accepted <= 1
            assert charged >= (0 if accepted else POINTS * compared), f'call {nth}: {compared} compared, {charged} points'
            assert charged <= 2 * POINTS
        print(f'figure: killed at {len(list(some_of(most, share)))} of {most} calls of two tries')
    house.looks_sound()


class Enrolment:
    """One person's way through the set-up, up to a step. What was shown is known, as the person knows it."""

    def __init__(self, house):
        self.house = house
        self.person = Somebody(next(NEW_PEOPLE))
        self.step = None
        self.told = None

    def go(self, answers=99):
        try:
            with self.house.sign_in(self.person) as talk:
                for number in range(answers):
                    if talk.verdict is not None:
                        break
                    if number == 0:
                        talk.answer('1')
                        self.person.key = key_in(talk.asked)
                    elif number == 1:
                        self.step = self.house.fresh_step()
                        talk.answer(app_code(self.person.key, self.step))
                    else:
                        talk.answer('saved' if 'Type saved' in talk.asked else 'n')
                self.told = talk.verdict
        except client.Gone:
            pass

    def is_whole_or_nothing(self):
        """Called with the daemon running. True: the factor is there, and whole."""
        person = self.person
        with self.house.rows() as database:
            bound = database.execute('SELECT count(*) FROM authenticator a JOIN subscriber s ON s.id = a.subscriber_id'
                                     ' WHERE s.name = ?', (person.name,)).fetchone()[0]
        assert self.told != 'accepted' or bound == 1, 'an enrolment that was told is lost'
        if not bound:
            Enrolment.begins_anew(self.house, person)
            return False
        assert person.key and self.step, 'a factor that nobody was shown'
        with self.house.sign_in(person) as talk:
            talk.answer(app_code(person.key, self.step))
            assert talk.verdict is None, 'the proving code was accepted a second time'
        assert signs_in_with_a_new_code(self.house, person)
        return True

    @staticmethod
    def begins_anew(house, person):
        with house.sign_in(person) as talk:
            assert talk.asked and 'Set up multi-factor' in talk.asked, f'{talk.verdict} {talk.said}'


def test_a_hang_up_at_each_step_of_the_enrolment_leaves_a_whole_factor_or_none(house):
    whole = []
    for answers in range(6):
        enrolment = Enrolment(house)
        enrolment.go(answers)
        whole.append(enrolment.is_whole_or_nothing())
    assert whole[:2] == [False, False] and whole[-1]
    assert whole == sorted(whole)


@pytest.mark.parametrize('share', [3, pytest.param(20, marks=pytest.mark.attack), pytest.param(1, marks=pytest.mark.soak)])
def test_a_helper_killed_at_each_change_of_an_enrolment_leaves_a_whole_factor_or_none(house, share):
    house.control.arm(None, operations=CHANGES)
    Enrolment(house).go()
    most = house.control.count
    assert most > 10
    results = set()
    for nth in some_of(most, share):
        house.control.arm('kill', nth, operations=CHANGES)
        enrolment = Enrolment(house)
        enrolment.go()
        house.kill()
        house.control.disarm()
        assert house.start()
        results.add(enrolment.is_whole_or_nothing())
    print(f'figure: killed at {len(list(some_of(most, share)))} of {most} changes of an enrolment')
    house.looks_sound()
    assert results == {True, False}


@pytest.mark.parametrize('share', [3, pytest.param(20, marks=pytest.mark.attack), pytest.param(1, marks=pytest.mark.soak)])
def test_a_module_killed_at_each_call_of_an_enrolment_leaves_a_whole_factor_or_none(house, share):
    with PamProcess(house) as module:
        def enrol():
            person = Somebody(next(NEW_PEOPLE))
            with open('/etc/passwd', 'a', encoding='ascii') as passwd:
                passwd.write(f'{person.name}:x:{person.uid}:{person.uid}::/:/bin/sh\n')
            step = house.fresh_step()
            return person, step, module.sign_in(person, ['1', {'step': step}, 'n', 'saved', 'n', 'n'])
        module.control.arm(None, operations=['talk'], everywhere=True)
        assert enrol()[2] == 'PAM_SUCCESS'
        most = module.control.count
        for nth in some_of(most, share):
            module.control.arm('kill', nth, operations=['talk'], everywhere=True)
            person, step, result = enrol()
            was_hit = module.control.was_hit
            module.control.disarm()
            assert result == 'killed' or not was_hit
            for _ in range(2):  # the conversation of the killed module has ended before these
                with house.desk('user', 'show', person.name):
                    pass
            with house.rows() as database:
                bound = database.execute('SELECT a.last_step FROM authenticator a JOIN subscriber s ON s.id ='
                                         ' a.subscriber_id WHERE s.name = ?', (person.name,)).fetchall()
            assert bound in ([], [(step,)]), f'call {nth}: a factor that nobody proved: {bound}'
            assert rows_of(house, person, 'authenticator-bound') == len(bound)
            if not bound:
                Enrolment.begins_anew(house, person)
        print(f'figure: killed at {len(list(some_of(most, share)))} of {most} calls of an enrolment')
    house.looks_sound()
