#!/usr/bin/python3
"""Drives a real store and the reference model with the same random operations and compares every answer. Says TAP.

reference_test.py DRIVER OPERATIONS [SEED]   SEED: to see one run again; else one is drawn and said

An operation is one request to the store: codes that are right, wrong, old, replayed or somebody else's, messages, devices,
the desk, a new password; clocks jump both ways, the store is stopped, killed in the middle of an operation, its machine
restarted, and an older copy of its database put back. The first answer that differs ends the run; the operations up to it
are the shortest that fail with this seed."""
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

from reference import APP, CALL, COST, TEXT, DAY, Model, Person

PEOPLE = ['alice', 'bob', 'carol', 'dave', 'eve']


class Differs(Exception):
    pass


class Store:
    """The process that has the database open."""

    def __init__(self, driver, path):
        self.driver, self.path, self.process = driver, path, None

    def start(self, boot_id, *make):
        self.process = subprocess.Popen([self.driver, self.path, str(boot_id), *make], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, bufsize=1)
        return self.process.stdout.readline().strip()

    def write(self, line):
        self.process.stdin.write(line + '\n')
        self.process.stdin.flush()

    def ask(self, line):
        self.write(line)
        answer = self.process.stdout.readline().strip()
        if not answer:
            raise Differs(f'{line}: the store ended')
        return answer

    def stop(self):
        self.process.stdin.close()
        self.process.wait(timeout=60)
        self.process.stdout.close()

    def kill(self):
        self.process.kill()
        self.process.wait(timeout=60)
        self.process.stdin.close()
        self.process.stdout.close()


class Run:
    def __init__(self, driver, folder, seed):
        self.random, self.model = random.Random(seed), Model()
        self.folder = pathlib.Path(folder)
        self.path = self.folder / 'ssp-mfa.db'
        self.store = Store(driver, str(self.path))
        self.asked, self.count, self.next_challenge = [], 0, 1
        self.crash_at = None
        self.seen = {'accepted': 0, 'refused': 0, 'crashes': 0, 'restarts': 0, 'copies': 0, 'jumps': 0, 'behind': 0}
        self.copied = None
        opened = self.store.start(self.model.boot_id, 'init')
        if opened != 'open':
            raise Differs(f'init: {opened}')
        for uid, name in enumerate(PEOPLE, 1000):
            person = Person(uid, name)
            person.here = 0  # points of the sign-in that goes on
            self.model.people.append(person)
            person.number = int(self.ask(f'add {uid} {name}'))

    # --- asking -----------------------------------------------------------------------------------------------
    def ask(self, words):
        line = f'{self.model.wall} {self.model.boot} {words}'
        self.asked.append(line)
        del self.asked[:-15]
        self.count += 1
        return self.store.ask(line)

    def both(self, words, operation, *args, crashes=False):
        """The same at the store and at the model. Gives the answer that both gave."""
        if crashes and self.random.random() < 0.01:
            return self.crash(words, operation, args)
        answer = self.ask(words)
        if answer == 'error clock-set-back':
            if self.model.wall >= self.model.newest - 120:
                raise Differs(f'{words}: the clock is not behind')
            self.seen['behind'] += 1
            return 'no'
        expected = operation(*args)
        if answer != expected:
            raise Differs(f'{words}: the store says "{answer}", the model "{expected}"')
        if answer == 'yes' and words.startswith('accept'):
            self.seen['accepted'] += 1
        elif answer == 'no' and words.startswith('accept'):
            self.seen['refused'] += 1
        if answer in ('yes', 'done') and not words.startswith(('matches', 'open', 'void')):
            self.model.newest = max(self.model.newest, self.model.wall)
        return answer

    def shown(self, person):
        """What the store shows; the model learns ids from it that the store gave."""
        answer = self.ask(f'show {person.name}')
        for word in answer.split()[8:]:
            kind, number, _ = word.split(':')
            bound = person.authenticators.get(int(kind))
            if bound and bound[0] is None:
                bound[0] = int(number)
        return answer

    def compare(self, person):
        shown, expected = self.shown(person), self.model.show(person)
        if shown != expected:
            raise Differs(f'{person.name}: the store has   {shown}\n  the model has  {expected}')

    def crash(self, words, operation, args):
        """kill -9 while the operation is under way: it happened whole or not at all."""
        person = args[0]
        before, state_before = self.model.show(person), self.model.snapshot(person)
        self.asked.append(f'{self.model.wall} {self.model.boot} {words}   and kill -9')
        self.count += 1
        self.seen['crashes'] += 1
        self.store.write(f'{self.model.wall} {self.model.boot} {words}')
        time.sleep(self.random.choice([0, 0, 0.0001, 0.0003, 0.001]))
        self.store.kill()
        self.reopen()
        answer = operation(*args)
        shown = self.shown(person)
        if shown == self.model.show(person):
            self.model.newest = max(self.model.newest, self.model.wall)
            return answer
        if shown != before:
            raise Differs(f'kill -9 during {words}: the store has   {shown}\n'
                          f'  the model had  {before}\n  or would have  {self.model.show(person)}')
        self.model.go_back(person, state_before)
        return 'no' if answer in ('yes', 'no') else 'undone'

    def stop(self):
        """As ssp-mfad ends: with a row of the audit trail, so that the end of the trail is never that of an older copy.
        Gives whether the row could be written."""
        recorded = self.both('record', lambda: 'done') == 'done'
        self.store.stop()
        return recorded

    def reopen(self):
        opened = self.store.start(self.model.boot_id)
        if opened != 'open':
            raise Differs(f'after a restart: {opened}')

    # --- what people do ---------------------------------------------------------------------------------------
    def try_(self, person, kind_points, number=0):
        answer = self.both(f'try {person.number} {kind_points} {number}', self.model.try_, person, kind_points, number,
                           crashes=not number)
        if answer == 'granted':
            person.here += kind_points
        return answer == 'granted'

    def accepted(self, person, answer):
        if answer == 'yes':
            person.here = 0

    def meanwhile(self, person):
        """Between the try and the acceptance the desk acts, or all trust ends."""
        if self.random.random() < 0.05:
            self.random.choice([self.desk, self.desk, self.new_password])(person)

    def app_code(self, person):
        other = self.random.choice(self.model.people) if self.random.random() < 0.1 else person
        app = other.authenticators.get(APP)
        if not app or not self.try_(person, COST[APP]) or self.random.random() < 0.4:
            return  # the code was wrong
        now = self.model.wall // 30
        step = self.random.choice([now, now, now - 1, now + 1, app[1], app[1] - 1, app[1] + 1])
        self.meanwhile(person)
        for _ in range(self.random.choice([1, 1, 2])):  # the second time it is a replay
            self.accepted(person, self.both(f'accept-step {person.number} {app[0]} {step} {person.here}',
                                            self.model.accept_step, person, app[0], step, person.here,
                                            crashes=other is person))

    def message(self, person, kind, bound=True):
        """Sends a code and gives the challenge's number, 0: nothing was sent."""
        if bound and kind not in person.authenticators:
            return 0
        if self.both(f'send {person.number} {kind}', self.model.send, person, kind) != 'granted':
            return 0
        number, self.next_challenge = self.next_challenge, self.next_challenge + 1
        code = f'{self.random.randrange(10 ** (5 if kind == CALL else 6)):0{5 if kind == CALL else 6}}'
        tries, service = (2 if kind == CALL else 3), self.random.choice(['sshd', 'sudo'])
        self.both(f'open {person.number} {kind} {number} {service} {code} {tries}',
                  self.model.open, person, kind, number, service, code, tries)
        return number

    def typed(self, person, number, owner):
        """A code for a challenge: right, wrong, or another challenge's. True: it was right."""
        challenge = owner.challenges.get(number)
        if challenge is None or not self.try_(person, COST[challenge.kind], number):
            return False
        code = challenge.code
        if self.random.random() < 0.4:
            codes = [c.code for p in self.model.people for c in p.challenges.values()]
            code = self.random.choice(codes + ['000000'])
        return self.both(f'matches {person.number} {number} {code}', self.model.matches, person, number, code) == 'yes'

    def phone_code(self, person):
        number = self.message(person, self.random.choice([TEXT, CALL]))
        if number and self.random.random() < 0.8:
            self.answer_to(person, number, person)

    def answer_to(self, person, number, owner):
        if self.typed(person, number, owner) or self.random.random() < 0.1:
            self.meanwhile(person)
            for _ in range(self.random.choice([1, 1, 2])):
                self.accepted(person, self.both(f'accept-challenge {person.number} {number} {person.here}',
                                                self.model.accept_challenge, person, number, person.here))

    def any_challenge(self, person):
        owner = self.random.choice(self.model.people) if self.random.random() < 0.3 else person
        if owner.challenges:
            self.answer_to(person, self.random.choice(sorted(owner.challenges)[-4:]), owner)

    def leave(self, person):
        person.here = 0
        for number in sorted(person.challenges)[-2:]:
            self.both(f'void {person.number} {number}', self.model.void, person, number)

    def recovery_code(self, person):
        owner = self.random.choice(self.model.people) if self.random.random() < 0.2 else person
        if not owner.secrets or not self.try_(person, 0):
            return
        text = self.random.choice(sorted(owner.secrets) + ['WRONG'])
        self.meanwhile(person)
        for _ in range(self.random.choice([1, 1, 2])):
            self.accepted(person, self.both(f'accept-secret {person.number} {text} {person.here}',
                                            self.model.accept_secret, person, text, person.here, crashes=True))

    def new_recovery_codes(self, person):
        texts = [f'{self.random.randrange(2 ** 40):010X}' for _ in range(6)]
        self.both(f'secrets {person.number} ' + ' '.join(texts), self.model.set_secrets, person, texts)

    def enrol(self, person):
        if person.uid == 4294967295:
            uid = self.random.choice([1000, 2000]) + PEOPLE.index(person.name)
            if int(self.ask(f'add {uid} {person.name}')) != person.number:
                raise Differs(f'{person.name} is somebody else after a reset')
            person.uid = uid
        kind, step, proven_by = self.random.choice([TEXT, CALL, APP, APP]), 0, 0
        if kind == APP:
            if not self.try_(person, COST[APP]):
                return
            step = self.model.wall // 30
        else:
            proven_by = self.message(person, kind, bound=False)
            if not proven_by or not self.typed(person, proven_by, person):
                return
        answer = self.both(f'bind {person.number} {kind} {step} {proven_by} {person.here}',
                           self.model.bind, person, kind, step, proven_by, person.here, crashes=True)
        self.accepted(person, answer)

    def device(self, person):
        device = self.random.randrange(4)
        if person.uid == 4294967295:
            return  # nobody signs in as somebody whose uid is not known
        what = self.random.random()
        if what < 0.3:
            self.both(f'grant {person.number} {device}', self.model.grant, person, device)
            return
        found = self.ask(f'find-trust {person.number} {device}')
        trust = person.trusts.get(device)
        live = trust is not None and self.model.trusted(trust)
        if (found != 'none') != live:
            raise Differs(f'find-trust {person.number} {device}: the store says {found}, the model {live}')
        if not live:
            return
        if what < 0.9:
            self.both(f'accept-trust {person.number} {found} {person.here}', self.model.accept_trust, person, device)
        else:
            self.both(f'revoke {person.number} {found}', self.model.revoke, person, device)

    def desk(self, person):
        act = self.random.choice(['lock', 'unlock', 'unlock', 'unlock', 'reset', 'forget'])
        self.both(f'act {person.number} {act}', self.model.act, person, act, crashes=True)

    def new_password(self, person):
        self.both(f'end-trust {person.number}', self.model.end_trust, person)

    # --- what happens to the machine --------------------------------------------------------------------------
    def jump(self, _):
        far = self.random.choice([60, 600, 3600, DAY, 31 * DAY, 400 * DAY])
        by = self.random.randrange(far)
        if self.random.random() < 0.3:
            self.model.wall -= min(by, 40 * DAY)  # somebody set it back
        elif self.random.random() < 0.3:
            self.model.wall += by                 # or forward
        else:
            self.model.wall += by
            self.model.boot += by
        self.model.wall = max(self.model.wall, 1795420800)
        self.seen['jumps'] += 1

    def restart(self, _):
        self.seen['restarts'] += 1
        self.store.kill() if self.random.random() < 0.5 else self.stop()
        if self.random.random() < 0.4:
            self.model.boot_id, self.model.boot = self.model.boot_id % 200 + 1, 100
        self.reopen()

    def old_copy(self, _):
        """The database of some time ago is put back in the place of the newest: it is not taken."""
        recorded, then, newest = self.stop(), self.folder / 'then', self.folder / 'newest'
        if then.exists() and recorded:
            self.keep(newest)
            self.put_back(then)
            opened = self.store.start(self.model.boot_id)
            if opened == 'open':
                raise Differs('an older copy of the database was taken')
            self.store.process.wait(timeout=60)
            self.put_back(newest)
            self.seen['copies'] += 1
        self.keep(then)
        self.reopen()

    def files(self):
        """The database with its WAL: a daemon that ends before it has looked through what a crash left keeps the WAL."""
        return [file for file in (self.path, pathlib.Path(f'{self.path}-wal')) if file.exists()]

    def keep(self, place):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        for file in self.files():
            shutil.copy2(file, place)

    def put_back(self, place):
        for file in [*self.files(), pathlib.Path(f'{self.path}-shm')]:
            file.unlink(missing_ok=True)
        for file in place.iterdir():
            shutil.copy2(file, self.path.parent)

    def go(self, operations):
        everyday = [(self.app_code, 30), (self.phone_code, 22), (self.any_challenge, 12), (self.recovery_code, 6),
                    (self.device, 12), (self.enrol, 6), (self.new_recovery_codes, 2), (self.leave, 6), (self.desk, 2),
                    (self.new_password, 1), (self.jump, 3), (self.restart, 0.15), (self.old_copy, 0.03)]
        acts, weights = [act for act, _ in everyday], [weight for _, weight in everyday]
        said = 0
        while self.count < operations:
            person = self.random.choice(self.model.people)
            by = self.random.choice([0, 0, 1, 5, 20, 60])
            self.model.wall += by
            self.model.boot += by
            self.random.choices(acts, weights)[0](person)
            self.compare(person)
            for number in sorted(person.challenges)[:-20]:
                del person.challenges[number]
            if self.count - said >= 20000:
                said = self.count
                print(f'# {said} of {operations} operations', flush=True)
        self.store.stop()


def main():
    driver, operations = sys.argv[1], int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else int.from_bytes(os.urandom(4), 'big')
    began = time.monotonic()
    print('1..1', flush=True)
    in_memory = '/dev/shm' if os.access('/dev/shm', os.W_OK) else None  # nothing here asks what a disk keeps
    with tempfile.TemporaryDirectory(dir=in_memory) as folder:
        run = None
        try:
            run = Run(driver, folder, seed)
            run.go(operations)
        except Differs as why:
            if run:
                run.store.process.kill()
            print(f'not ok 1 - the store answers as the model does\n# seed {seed}, operation {run.count if run else 0}')
            for line in str(why).splitlines() + ['', 'the last ones:'] + (run.asked if run else []):
                print('# ' + line)
            return 1
    print(f'ok 1 - the store answers as the model does')
    print(f'# figure: seed {seed}, {run.count} operations, {time.monotonic() - began:.0f} s: '
          + ', '.join(f'{number} {what}' for what, number in run.seen.items()))
    return 0


sys.exit(main())
