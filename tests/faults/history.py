"""What the clients of one daemon were told, whatever became of it, and whether it is still true."""
import contextlib
import threading

import client
from house import app_code

POINTS = 3  # an app code


class Ledger:
    """The least and the most points that one person can have, after all that was told."""

    def __init__(self):
        self.least = self.most = 0


class Trial:
    """One daemon's life and what its clients know about it."""

    def __init__(self, house, people, chance):
        self.house, self.people, self.chance = house, people, chance
        self.points = {person.name: Ledger() for person in people}
        self.spent = []        # (person, step): accepted
        self.unknown = []      # (person, step, wrong codes told before it): nobody was told
        self.locked = {}       # name -> True, False, or None: nobody was told
        self.acknowledged = 0
        self.patience = 20  # seconds that a client waits; afterwards it does not know
        self.surprises = []
        self.lock = threading.Lock()

    def sign_in(self, person, step, wrong_first):
        """One sign-in; what is known of it goes into the history, however it ends."""
        with contextlib.ExitStack() as kept:
            ledger = self.points[person.name]
            typed = told = 0
            code = app_code(person.key, step)
            try:
                talk = kept.enter_context(self.house.sign_in(person, patience=self.patience))
                if talk.verdict == 'unavailable':
                    return
                assert talk.asked and 'ode' in talk.asked, f'{talk.verdict} {talk.said}'
                if wrong_first:
                    typed += 1
                    ledger.most += POINTS
                    talk.answer(f'{(int(code) + 1) % 1000000:06}')
                    if talk.asked is None:
                        assert talk.verdict == 'unavailable', f'a wrong code: {talk.verdict} {talk.said}'
                        return
                    assert 'left' in talk.asked, talk.asked
                    told += 1
                typed += 1
                ledger.most += POINTS
                with self.lock:
                    self.unknown.append((person, step, told))
                told = 0  # its acceptance would give them back
                talk.answer(code)
                if talk.verdict == 'accepted':
                    with self.lock:
                        self.unknown = [one for one in self.unknown if one[0] is not person]
                        self.spent.append((person, step))
                        self.acknowledged += 1
                    ledger.most -= POINTS * typed
                    return
                assert talk.verdict == 'unavailable', f'a good code: {talk.verdict} {talk.said}'
            except (client.Gone, ConnectionError):
                pass
            ledger.least += POINTS * told

    def is_accepted(self, person, step, points):
        with self.house.sign_in(person) as talk:
            talk.answer(app_code(person.key, step))
            points.most += 0 if talk.verdict == 'accepted' else POINTS
            return talk.verdict == 'accepted'

    def use_recovery_code(self, person):
        code = person.recovery_codes[0]
        try:
            with self.house.sign_in(person, patience=self.patience) as talk:
                person.recovery_codes.pop(0)  # sent: from here on it may be spent
                talk.answer(code)
                if talk.verdict == 'accepted':
                    with self.lock:
                        self.acknowledged += 1
                        self.spent_codes.append((person, code))
        except (client.Gone, ConnectionError):
            pass

    def desk_acts(self, person):
        for act in ('lock', 'unlock'):
            self.locked[person.name] = None
            try:
                with self.house.desk('user', act, person.name, '--reason=killed meanwhile', patience=self.patience) as talk:
                    if talk.verdict == 'accepted':
                        self.locked[person.name] = act == 'lock'
                        self.acknowledged += 1
                    else:
                        self.locked[person.name] = None
            except (client.Gone, ConnectionError):
                return

    spent_codes = ()

    def everybody_does_something(self, step):
        """Until the daemon is gone, or all is done."""
        self.spent_codes = []
        threads = []
        for number, person in enumerate(self.people):
            if number == len(self.people) - 1:
                work, arguments = self.desk_acts, (person,)
            elif number == len(self.people) - 2 and person.recovery_codes:
                work, arguments = self.use_recovery_code, (person,)
            else:
                work, arguments = self.sign_in, (person, step, self.chance.random() < 0.5)
            threads.append(threading.Thread(target=self.noting_surprises, args=(work, *arguments)))
        for thread in threads:
            thread.start()
        return threads

    def noting_surprises(self, work, *arguments):
        try:
            work(*arguments)
        except Exception as surprise:  # pylint: disable=broad-exception-caught
            self.surprises.append(surprise)

    def check(self):
        """The daemon runs again; the codes are those of the step before, and still good but for being spent."""
        house = self.house
        assert not self.surprises, self.surprises
        house.looks_sound()
        for name, state in self.locked.items():
            person = next(one for one in self.people if one.name == name)
            with house.desk('user', 'show', name) as talk:
                assert talk.verdict == 'accepted', talk.said
                if state is not None:
                    assert (talk.rows[0]['lock_reason'] != '') == state, f'{name} was told {state}: {talk.rows}'
            with house.desk('user', 'unlock', name, '--reason=after the kill') as talk:
                assert talk.verdict == 'accepted', talk.said
        self.locked.clear()
        new = house.step()
        for person in self.people:
            points = self.points[person.name]
            charged = house.points(person)
            assert points.least <= charged <= points.most, f'{person.name}: {points.least} {charged} {points.most}'
            least, points.least, points.most = points.least, charged, charged
            for _, step, told in [one for one in self.unknown if one[0] is person]:
                accepted = [self.is_accepted(person, step, points) for _ in range(2)]
                assert not accepted[0] or charged >= least + POINTS * told, f'{person.name}: given back without acceptance'
                assert house.points(person) >= charged + POINTS * accepted.count(False), f'{person.name}: a free try'
                assert not accepted[1], f'{person.name}: a code of which nobody was told was accepted twice'
            with house.sign_in(person) as talk:
                assert talk.asked, f'{person.name} cannot sign in: {talk.verdict} {talk.said}'
                for _, step in [one for one in self.spent if one[0] is person]:
                    talk.answer(app_code(person.key, step))
                    assert talk.verdict is None, f'{person.name}: a spent code was accepted again'
                for _, code in [one for one in self.spent_codes if one[0] is person]:
                    talk.answer(code)
                    assert talk.verdict is None, f'{person.name}: a spent recovery code was accepted again'
                talk.answer(app_code(person.key, new))
                assert talk.verdict == 'accepted', f'{person.name}: {talk.verdict} {talk.said}'
            if house.points(person) > 200:  # these tests type many wrong codes: the desk gives their points back
                with house.desk('user', 'unlock', person.name, '--reason=of a test') as talk:
                    assert talk.verdict == 'accepted', talk.said
                points.least = points.most = house.points(person)
        self.spent.clear()
        self.unknown.clear()


def settle(house, trial):
    """Points of those who tried unknown codes are given back by nobody: they stay; the daemon counts failures in a row,
    so that everybody signs in once more with a new code."""
    house.next_step(2)
    for person in trial.people:
        step = house.fresh_step()
        trial.sign_in(person, step, False)
        trial.spent.clear()
