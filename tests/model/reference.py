"""What docs/explanation says about one person's codes, points, waits, trust and recovery codes, as a model that knows
nothing of the program. Times are whole seconds. Every method carries out one operation and returns the answer that the
store must give."""
import copy

YEARLY, PHONE_OFF, DESK_REFUND = 90, 40, 30  # store_driver.cpp sets the same
DENY, LOCK_AFTER, FIRST_WAIT, LONGEST_WAIT, UNLOCK = 5, 10, 30, 3600, 1800
DAY = 86400
TEXT, CALL, APP = 1, 2, 3
COST = {TEXT: 1, CALL: 10, APP: 3}


class Person:
    def __init__(self, uid, name):
        self.uid, self.name, self.number = uid, name, None
        self.points = {}          # day: points
        self.since = 0            # since the last success
        self.failures = 0
        self.until = 0            # end of the wait, 0: none
        self.locked = False
        self.epoch = 0            # raised by whatever ends all trust at once
        self.authenticators = {}  # kind: [id, last step]
        self.secrets = {}         # text: not spent yet
        self.challenges = {}      # number: Challenge
        self.trusts = {}          # device: Trust
        self.sendings = []        # (channel, time) of codes that were not typed back

    def total(self, now):
        return sum(points for day, points in self.points.items() if now // DAY - day <= 365)

    def forget_old_days(self, now):
        """A clock that was set forward forgets for good, as soon as something is booked."""
        self.points = {day: points for day, points in self.points.items() if now // DAY - day <= 365}

    def refund(self, points, now):
        self.forget_old_days(now)
        for day in sorted(self.points, reverse=True):
            taken = min(points, self.points[day])
            self.points[day] -= taken
            points -= taken

    def waits(self, now):
        return self.until > now

    def succeed(self, refund, now):
        self.refund(refund, now)
        self.since = self.failures = self.until = 0


class Challenge:
    def __init__(self, kind, service, code, tries, wall, boot, boot_id):
        self.kind, self.service, self.code, self.tries = kind, service, code, tries
        self.wall, self.boot, self.boot_id, self.spent = wall + 300, boot + 300, boot_id, False


class Trust:
    def __init__(self, wall, boot, boot_id):
        self.wall, self.boot, self.boot_id = wall + 30 * DAY, boot + 30 * DAY, boot_id


class Model:
    def __init__(self):
        self.wall, self.boot, self.boot_id = 1795420800, 1000, 1
        self.newest = self.wall  # of all rows of the audit trail
        self.people = []
        self.spent = set()  # every proof that was ever accepted: none may be again

    def live(self, challenge):
        return (not challenge.spent and self.wall < challenge.wall and self.boot < challenge.boot
                and challenge.boot_id == self.boot_id)

    def trusted(self, trust):
        return self.wall < trust.wall and (trust.boot_id != self.boot_id or self.boot < trust.boot)

    # --- operations -------------------------------------------------------------------------------------------
    def try_(self, person, points, number):
        if person.locked:
            return 'locked'
        if person.waits(self.wall):
            return 'throttled'
        total = person.total(self.wall)
        if points and total + points > (PHONE_OFF if number else YEARLY):
            return 'budget-spent'
        if number:
            challenge = person.challenges.get(number)
            if challenge is None or not self.live(challenge) or challenge.tries == 0:
                return 'challenge-over'
            challenge.tries -= 1
        person.forget_old_days(self.wall)
        today = self.wall // DAY
        person.points[today] = person.points.get(today, 0) + points
        person.since += points
        person.failures += 1
        if person.failures >= DENY:
            wait = min(FIRST_WAIT * 2 ** (person.failures - DENY), LONGEST_WAIT)
            if person.failures >= LOCK_AFTER:
                wait = max(wait, UNLOCK)
            person.until = self.wall + wait
        return 'granted'

    def matches(self, person, number, code):
        challenge = person.challenges.get(number)
        return 'yes' if challenge and self.live(challenge) and challenge.code == code else 'no'

    def accept_step(self, person, authenticator, step, refund):
        app = person.authenticators.get(APP)
        if person.locked or not app or app[0] != authenticator or step <= app[1]:
            return 'no'
        app[1] = step
        person.succeed(refund, self.wall)
        return self.success(('step', authenticator, step))

    def accept_challenge(self, person, number, refund):
        challenge = person.challenges.get(number)
        if person.locked or not challenge or not self.live(challenge):
            return 'no'
        self.spend(person, challenge)
        person.succeed(refund, self.wall)
        return self.success(('challenge', number))

    def accept_secret(self, person, text, refund):
        if person.locked or not person.secrets.get(text):
            return 'no'
        person.secrets[text] = False
        person.succeed(refund, self.wall)
        return self.success(('secret', person.name, text))

    def accept_trust(self, person, device):
        trust = person.trusts.get(device)
        return 'yes' if trust and not person.locked and self.trusted(trust) else 'no'

    def success(self, proof):
        assert proof not in self.spent, f'{proof} was accepted twice, even by the model'
        self.spent.add(proof)
        return 'yes'

    def spend(self, person, challenge):
        challenge.spent = True
        ours = [sending for sending in person.sendings if sending[0] == challenge.kind]
        if ours:
            person.sendings.remove(max(ours, key=lambda sending: sending[1]))

    def send(self, person, channel):
        now = self.wall
        if person.locked or person.waits(now) or person.total(now) >= PHONE_OFF:
            return 'locked'
        within = [at for _, at in person.sendings if at > now - DAY]
        if len(within) >= 10:
            return 'exhausted'
        if any(at > now - 30 for at in within) or sum(at > now - 900 for at in within) >= 3:
            return 'too-soon'
        person.sendings = [(old, at) for old, at in person.sendings if at > now - DAY] + [(channel, now)]
        return 'granted'

    def open(self, person, kind, number, service, code, tries):
        for challenge in person.challenges.values():
            if challenge.service == service:
                challenge.spent = True
        person.challenges[number] = Challenge(kind, service, code, tries, self.wall, self.boot, self.boot_id)
        return 'done'

    def void(self, person, number):
        if number in person.challenges:
            person.challenges[number].spent = True
        return 'done'

    def bind(self, person, kind, step, proven_by, refund):
        if person.locked:
            return 'no'
        if proven_by:
            challenge = person.challenges.get(proven_by)
            if not challenge or not self.live(challenge) or challenge.kind != kind:
                return 'no'
            self.spend(person, challenge)
            self.success(('challenge', proven_by))
        if kind in person.authenticators:
            self.end_trust(person)
            person.challenges.clear()
        person.authenticators.pop(kind, None)
        person.authenticators[kind] = [None, step]  # the store says the id
        person.succeed(refund, self.wall)
        return 'yes'

    def set_secrets(self, person, texts):
        person.secrets = dict.fromkeys(texts, True)
        return 'done'

    def grant(self, person, device):
        if person.locked:
            return 'error not-permitted'
        person.trusts[device] = Trust(self.wall, self.boot, self.boot_id)
        return 'done'

    def revoke(self, person, device):
        trust = person.trusts.pop(device, None)
        return 'yes' if trust and self.trusted(trust) else 'no'

    def end_trust(self, person):
        person.trusts.clear()
        person.epoch += 1
        return 'done'

    def act(self, person, act):
        if act == 'unlock':
            person.locked = False
            person.failures = person.until = 0
            person.refund(DESK_REFUND, self.wall)
            return 'done'
        self.end_trust(person)
        if act == 'lock':
            person.locked = True
            person.challenges.clear()
        if act == 'reset':
            person.authenticators.clear()
            person.secrets.clear()
            person.challenges.clear()
            person.uid = 4294967295
        return 'done'

    def show(self, person):
        shown = (f'points={person.total(self.wall)} since={person.since} failures={person.failures} '
                 f'locked={int(person.locked)} until={person.until} '
                 f'secrets={sum(person.secrets.values())} uid={person.uid} epoch={person.epoch}')
        assert person.total(self.wall) <= YEARLY, 'the ledger of the model is over its budget'
        for kind, (number, step) in person.authenticators.items():
            shown += f' {kind}:{number}:{step if kind == APP else 0}'
        return shown

    def snapshot(self, person):
        return copy.deepcopy(person.__dict__), set(self.spent)

    def go_back(self, person, snapshot):
        person.__dict__.clear()
        person.__dict__.update(snapshot[0])
        self.spent = snapshot[1]
