"""Who has shown no first factor learns nothing of an account from the second: neither from words nor from time.

Behind a first factor that ends the stack the module is not reached, so there is nothing to be told apart; this is
what these tests hold to, and what the shipped stacks do. After it, what a person reads is about that person.
"""
import concurrent.futures
import itertools
import random
import re

import pytest

import pam_client
from ceremonies import enrol, new_app_code
from host import run
from person import Person
from terminal import SshTerminal

SEED = 20261124
MODULE = 'auth [success=ok default=die] pam_ssp_mfa.so'
FAILED_BEFORE = ('auth requisite pam_debug.so auth=auth_err', MODULE)
GOES_ON = ('auth optional pam_debug.so auth=auth_err', MODULE)
PASSED_BEFORE = ('auth requisite pam_debug.so auth=success', MODULE)


class Everybody:
    """One of each kind of account."""

    def __init__(self, host):
        self.unknown = Person('nosuch', uid=0, number='')
        self.newcomer = host.person('newcomer')
        self.owner, self.locked, self.replayed = (host.person(name) for name in ('owner', 'locked', 'replayed'))
        for person in (self.owner, self.locked, self.replayed):
            enrol(host, person, 'app', person.new_key())
        run('ssp-mfa', 'user', 'lock', self.locked.name, '--reason=test')
        self.spent_code = new_app_code(host, self.replayed)

    def kinds(self):
        """What each would type, were it asked."""
        return {'unknown': (self.unknown, '000000'), 'un-enrolled': (self.newcomer, '000000'),
                'locked': (self.locked, '000000'), 'wrong': (self.owner, '000000'),
                'replayed': (self.replayed, self.spent_code)}


@pytest.fixture(name='everybody', scope='module')
def fixture_everybody(host):
    return Everybody(host)


@pytest.fixture(name='stacks', scope='module')
def fixture_stacks():
    pam_client.write_stack('/run/pam', 'before', *FAILED_BEFORE)
    pam_client.write_stack('/run/pam', 'goes-on', *GOES_ON)
    return pam_client.write_stack('/run/pam', 'after', *PASSED_BEFORE)


def read_with_wrong_password(person):
    with SshTerminal(person, once=True, timeout=60) as ssh:
        ssh.answer('Password', 'not-the-password')
        ssh.is_refused()
    return ssh.shown.replace(person.name, 'NAME')


def test_before_the_first_factor_every_account_reads_the_same(everybody):
    people = [person for person, _ in everybody.kinds().values()]
    with concurrent.futures.ThreadPoolExecutor(len(people)) as visitors:
        read = list(visitors.map(read_with_wrong_password, people))
    assert len(set(read)) == 1, read


def distance(one, other):
    """Kolmogorov and Smirnov's: the largest difference between two distributions."""
    points = sorted([(value, 1 / len(one)) for value in one] + [(value, -1 / len(other)) for value in other])
    height = largest = 0.0
    for number, (value, step) in enumerate(points):
        height += step
        if number + 1 == len(points) or points[number + 1][0] != value:
            largest = max(largest, abs(height))
    return largest


def measure(stacks, everybody, samples):
    """Signs in `samples` times as each kind, in an order that chance gave beforehand; returns the times."""
    order = [kind for kind in everybody.kinds() for _ in range(samples)]
    random.Random(SEED).shuffle(order)
    kinds = everybody.kinds()
    times = {kind: [] for kind in kinds}
    ends = {kind: set() for kind in kinds}
    for number, kind in enumerate(order, 1):
        if number % 1000 == 0:
            print(f'# {number} of {len(order)} sign-ins', flush=True)
        person, answer = kinds[kind]
        ended = pam_client.sign_in(stacks, 'before', person.name, [answer])
        times[kind].append(ended.seconds)
        ends[kind].add((ended.code, *ended.heard))
    assert len(set.union(*ends.values())) == 1, ends
    assert not any(style in (pam_client.ECHO_ON, pam_client.ECHO_OFF)
                   for _, *heard in set.union(*ends.values()) for style, _ in heard)
    return times


def largest_distance(times):
    distances = {(one, other): distance(times[one], times[other]) for one, other in itertools.combinations(times, 2)}
    for pair, found in sorted(distances.items(), key=lambda item: -item[1]):
        print(f'KS {found:.4f}  {" / ".join(pair)}')
    return max(distances.values())


def test_distances_of_times_are_seen():
    """That what would be seen is seen: a tenth of the samples a little later."""
    chance = random.Random(SEED)
    one = [chance.gauss(100, 10) for _ in range(10000)]
    same = [chance.gauss(100, 10) for _ in range(10000)]
    other = [chance.gauss(100, 10) + (20 if number % 10 == 0 else 0) for number in range(10000)]
    assert distance(one, one) == 0 and distance(one, same) < 0.03 < distance(one, other)


def test_a_first_factor_that_failed_ends_all_alike_at_the_module(everybody, stacks):
    largest_distance(measure(stacks, everybody, samples=100))


def test_a_stack_that_goes_on_after_a_refusal_would_be_seen(everybody, stacks):
    """Why pam_ssp_mfa(8) wants a first factor that ends the stack."""
    asked = {pam_client.sign_in(stacks, 'goes-on', person.name).heard[-1]
             for person, _ in everybody.kinds().values()}
    assert len(asked) > 1


@pytest.mark.soak
def test_ten_thousand_times_of_each_kind_are_alike(everybody, stacks):
    found = largest_distance(measure(stacks, everybody, samples=10000))
    print(f'figure: largest KS distance {found:.4f} of any two kinds, 10,000 samples of each')
    assert found < 0.03


def test_after_the_first_factor_a_wrong_and_a_replayed_code_read_the_same(host, everybody, stacks):
    person = everybody.replayed
    code = new_app_code(host, person)
    spent = pam_client.sign_in(stacks, 'after', person.name, [code])
    assert spent.code in (pam_client.SUCCESS, pam_client.CONV_ERR)  # its step may be that of the enrolment
    read = []
    for answer in (code, '000000' if code != '000000' else '111111'):
        ended = pam_client.sign_in(stacks, 'after', person.name, [answer])
        read.append((ended.code, [(style, re.sub(r'[0-9A-Z]{4}-[0-9A-Z]{2}\b', 'REFERENCE', text))
                                  for style, text in ended.heard]))
    assert read[0] == read[1] and 'tries left' in read[0][1][-1][1], read
