"""What the owner of an account hears of on a telephone, and at the next sign-in, while somebody else is at work."""
import pathlib
import re
import time

import pytest

from ceremonies import KEY, RECOVERY_CODE, enrol, new_app_code, prove_app, prove_text
from host import SUPPORT, run
from person import app_code
from terminal import CODE, ENTER, OPTION, SshTerminal

ADMINISTRATOR = '+12055550250'  # nobody's: people have 0100 to 0199
TYPE = f'({CODE}|{OPTION})'  # where an app's code may be typed
HELPER_LOG = pathlib.Path('/var/log/ssp-mfad.log')


@pytest.fixture(name='host', scope='module')
def fixture_host(the_host):
    the_host.configure(f'[guessing]\ndeny = 20\nlock_after = 100\n[notices]\nadministrator = "{ADMINISTRATOR}"')
    the_host.start_over()
    yield the_host
    the_host.configure()


def enrol_twice(host, person):
    """A first sign-in by text message, with an app as the second way; returns the key."""
    key = person.new_key()
    with SshTerminal(person, key) as ssh:
        ssh.answer(OPTION, '1')
        prove_text(ssh, host, person)
        ssh.answer('Add one now', '3')
        prove_app(ssh, host, person)
        shown = ssh.answer('Type saved, or later', 'saved')
        person.recovery_codes = re.findall(RECOVERY_CODE, shown)
        for code in person.recovery_codes:
            host.secrets.note('recovery code', code)
        ssh.answer('y or n', 'n')
        ssh.is_in()
    return key


def wrong_code(person):
    near = {app_code(person.app_key, at) for at in ('now', '30 seconds ago', '60 seconds ago', '30 seconds',
                                                   '60 seconds')}
    return next(code for code in ('000000', '111111', '222222', '333333', '444444', '555555') if code not in near)


def guess(person, key, times):
    """Wrong codes, three to a connection."""
    while times > 0:
        with SshTerminal(person, key, once=True) as ssh:
            for _ in range(min(times, 3)):
                ssh.answer(TYPE, wrong_code(person))
            if times >= 3:
                ssh.is_refused()
            else:
                ssh.question(TYPE)
                ssh.hang_up()
        times -= 3


def told(host, number, count, within=20):
    """The notices to this number, once there are `count` of them."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        notices = host.outbox.notices(number)
        if len(notices) >= count:
            return notices
        time.sleep(0.02)
    raise AssertionError(f'{len(host.outbox.notices(number))} notices to a number, not {count}')


def sign_in_with_a_recovery_code(person, key):
    """What is on the screen of a whole sign-in."""
    with SshTerminal(person, key) as ssh:
        ssh.answer(TYPE, person.recovery_codes.pop())
        shown = ssh.answer('y or n', 'n')
        ssh.is_in()
    return shown


def test_a_second_factor_is_told_to_the_first_telephone_and_at_the_next_sign_in(host):
    alice = host.person('alice')
    key = enrol_twice(host, alice)
    text = told(host, alice.number, 1)[0]
    assert 'a way to sign in was added to your account' in text and SUPPORT in text
    assert re.search(r'\d{4}-\d\d-\d\d \d\d:\d\d UTC', text) and not re.search(r'\b\d{5,6}\b|http', text)
    shown = sign_in_with_a_recovery_code(alice, key)
    assert 'Since your last sign-in:' in shown
    assert 'Multi-factor authentication was set up on ' in shown and 'An authenticator app was added on ' in shown
    assert 'Since your last sign-in:' not in sign_in_with_a_recovery_code(alice, key)


@pytest.mark.attack
def test_thirty_points_of_guesses_are_one_message_to_the_owner_s_other_channel(host):
    bob = host.person('bob')
    key = enrol_twice(host, bob)
    told(host, bob.number, 1)  # that the app was added
    guess(bob, key, 9)
    assert len(host.outbox.notices(bob.number)) == 1, 'an honest person is told'
    guess(bob, key, 6)
    assert 'wrong codes were typed for your account' in told(host, bob.number, 2)[1]
    guess(bob, key, 3)
    run('ssp-mfa', 'user', 'show', bob.name)  # the helper is through with what came before
    assert len(host.outbox.notices(bob.number)) == 2
    assert 'Many wrong codes were typed' in sign_in_with_a_recovery_code(bob, key)


def test_a_code_that_was_accepted_and_is_typed_again_is_told(host):
    carol = host.person('carol')
    key = enrol_twice(host, carol)
    told(host, carol.number, 1)
    code = None
    while code is None:  # a code that is new and will be current for some seconds more
        with SshTerminal(carol, key) as ssh:
            ssh.question(TYPE)
            code = new_app_code(host, carol)
            ssh.say(code + '\r')
            shown = ssh.question(f'(y or n|{CODE}|{OPTION})')
            if 'not valid' in shown:
                ssh.hang_up()
                code = None
                time.sleep(5)
            else:
                ssh.say('n\r')
                ssh.is_in()
    before = len(host.outbox.notices(carol.number))
    with SshTerminal(carol, key) as ssh:
        ssh.answer(TYPE, code)
        first = ssh.answer(TYPE, wrong_code(carol))
        second = ssh.question(TYPE)
        ssh.hang_up()
    same = 'That code is not valid, or was used before'
    assert same in first and same in second
    texts = host.outbox.notices(carol.number)
    if before < 2:  # else the wait above was told already
        texts = told(host, carol.number, 2)
    assert sum('a used code was typed again' in text for text in texts) == 1
    assert 'A code that was used before was typed again' in sign_in_with_a_recovery_code(carol, key)


def test_a_first_enrolment_is_told_to_the_administrator_and_the_journal(host):
    texts = told(host, ADMINISTRATOR, 1)
    assert re.search(r'\d+ for you to look at, last \w+', texts[0])
    assert len(texts) == 1, 'one in a quarter of an hour'
    lines = [line for line in HELPER_LOG.read_text(encoding='utf-8').splitlines() if 'event=owner-told' in line]
    assert any('enrolled, the administrator' in line for line in lines)
    assert all('+1205555' not in line for line in lines)


def test_a_reset_is_told_to_the_number_that_it_forgets(host):
    dave = host.person('dave')
    enrol(host, dave, 'text', dave.new_key())
    run('ssp-mfa', 'user', 'reset', dave.name, '--reason=lost phone')
    assert 'your second factor was reset by the desk' in told(host, dave.number, 1)[0]


def test_of_two_first_sign_ins_at_once_one_enrols_and_the_other_is_told(host):
    erin = host.person('erin')
    key = erin.new_key()
    with SshTerminal(erin, key, once=True) as slow:
        slow.answer(OPTION, '3')
        erin.app_key = re.search(KEY, slow.question(CODE))[1].replace(' ', '')
        host.secrets.note('app key', erin.app_key)
        with SshTerminal(erin, key) as quick:
            quick.answer(OPTION, '1')
            prove_text(quick, host, erin)
            quick.answer('Add one now', 'n')
            quick.answer('Type saved, or later', 'later')
            quick.answer('y or n', 'n')
            quick.is_in()
        slow.say(new_app_code(host, erin) + '\r')
        said = slow.is_refused()
    assert 'set up in another window' in said
    shown = host.shown(erin)
    assert shown['text_message'].startswith('number ending') and shown['authenticator_app'] == 'no'


@pytest.mark.attack
def test_somebody_who_is_enrolled_never_sees_the_enrolment_whatever_is_cancelled_or_fails(host):
    frank = host.person('frank')
    key = frank.new_key()
    enrol(host, frank, 'text', key)
    screens = []
    for answers in (['c', ''], ['1', 'c', ''], ['1', '000000', 'c'], ['s3cret pass', 'x', '']):
        with SshTerminal(frank, key, once=True) as ssh:
            for answer in answers:
                screens.append(ssh.answer(f'({ENTER}|{CODE}|{OPTION})', answer))
            ssh.hang_up()
    host.delivery.kill()
    try:
        with SshTerminal(frank, key, once=True) as ssh:
            screens.append(ssh.answer(OPTION, '1'))
            screens.append(ssh.question(f'({ENTER}|{CODE}|{OPTION})'))
            ssh.hang_up()
    finally:
        host.delivery.start()
    assert len(screens) > 8
    assert not any('Set up multi-factor' in screen or 'Mobile phone number' in screen for screen in screens)
