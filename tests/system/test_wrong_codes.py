"""Guessing: what a wrong code costs, and when nobody may go on."""
import time

import pytest

from ceremonies import enrol, new_app_code
from host import SUPPORT, run
from person import app_code
from terminal import CODE, ENTER, OPTION, SshTerminal, reference_in

FAIL_INTERVAL = 4  # seconds; the first wait


@pytest.fixture(name='host', scope='module')
def fixture_host(the_host):
    the_host.configure(f'[guessing]\nfail_interval = "{FAIL_INTERVAL}s"')
    the_host.start_over()
    yield the_host
    the_host.configure()


def wrong_code(person):
    """Six digits that are not the app's now, nor before or after."""
    near = {app_code(person.app_key, at) for at in ('now', '30 seconds ago', '60 seconds ago', '30 seconds',
                                                   '60 seconds')}
    return next(code for code in ('000000', '111111', '222222', '333333', '444444', '555555') if code not in near)


def fail_three_times(person, key, **other):
    ssh = SshTerminal(person, key, **other)
    ssh.answer(CODE, wrong_code(person))
    assert '2 tries left' in ssh.answer(CODE, wrong_code(person))
    assert '1 try left' in ssh.answer(CODE, wrong_code(person))
    return ssh


def state(host, person):
    shown = host.shown(person)
    return int(shown['guess_points']), int(shown['failures_in_a_row'])


def test_each_wrong_app_code_costs_three_points_and_the_third_ends_the_sign_in(host):
    alice = host.person('alice')
    key = alice.new_key()
    enrol(host, alice, 'app', key)
    with fail_three_times(alice, key, once=True) as ssh:
        said = ssh.is_refused()
    assert 'too many wrong codes' in said and SUPPORT in said and reference_in(said)
    assert state(host, alice) == (9, 3)


def test_a_right_code_gives_back_what_its_own_sign_in_cost(host):
    alice = host.person('alice')
    key = alice.new_key()
    enrol(host, alice, 'app', key)
    with SshTerminal(alice, key) as ssh:
        ssh.answer(CODE, wrong_code(alice))
        assert '2 tries left' in ssh.answer(CODE, alice.recovery_codes[0])
        ssh.answer('y or n', 'n')
        ssh.is_in()
    assert state(host, alice) == (0, 0)


def test_a_wrong_text_code_costs_one_point_and_a_wrong_voice_code_ten(host):
    for way, cost, digits in (('text', 1, 6), ('voice', 10, 5)):
        alice = host.person('alice')
        key = alice.new_key()
        enrol(host, alice, way, key)
        with SshTerminal(alice, key) as ssh:
            ssh.answer(OPTION, '1')
            code = host.outbox.text_code(alice.number)[0] if way == 'text' else host.outbox.voice_code(alice.number)
            host.secrets.note(f'{way} code', code)
            ssh.answer(CODE, '7' * digits if code != '7' * digits else '8' * digits)
            ssh.question(CODE)
            assert state(host, alice) == (cost, 1)
            ssh.hang_up()


def test_later_attempts_in_the_connection_end_with_reason_and_reference(host):
    alice = host.person('alice')
    key = alice.new_key()
    enrol(host, alice, 'app', key)
    with fail_three_times(alice, key) as ssh:
        again = ssh.answer(ENTER, alice.recovery_codes[0])
        assert 'The tries of this connection are used up' in again and SUPPORT in again
        last = ssh.answer(ENTER, '')
        ssh.is_refused()
    assert reference_in(again) == reference_in(last)
    assert state(host, alice) == (9, 3)


def test_the_right_code_does_not_help_until_the_limit_says_so(host):
    alice = host.person('alice')
    key = alice.new_key()
    enrol(host, alice, 'app', key)
    with fail_three_times(alice, key, once=True) as ssh:
        ssh.is_refused()
    with SshTerminal(alice, key, once=True) as ssh:
        ssh.answer(CODE, wrong_code(alice))
        ssh.answer(CODE, wrong_code(alice))
        began = time.monotonic()
        ssh.answer(CODE, alice.recovery_codes[0])
        said = ssh.is_refused()
    assert 'You can try again in' in said
    assert state(host, alice) == (15, 5)
    with SshTerminal(alice, key, once=True) as ssh:
        told = ssh.answer(ENTER, new_app_code(host, alice))
        assert 'You can try again in' in told and reference_in(told)
        ssh.is_refused()
    time.sleep(max(0, began + FAIL_INTERVAL + 1 - time.monotonic()))
    with SshTerminal(alice, key) as ssh:
        ssh.answer(CODE, alice.recovery_codes[1])
        ssh.answer('y or n', 'n')
        ssh.is_in()
    points, failures = state(host, alice)
    assert (points, failures) == (15, 0), 'points of other sign-ins stay, failures end'


def test_a_locked_person_is_told_so_until_the_desk_unlocks(host):
    alice = host.person('alice')
    key = alice.new_key()
    enrol(host, alice, 'app', key)
    run('ssp-mfa', 'user', 'lock', alice.name, '--reason=left the company')
    with SshTerminal(alice, key, once=True) as ssh:
        told = ssh.answer(ENTER, alice.recovery_codes[0])
        assert 'This account is locked for now.' in told and 'left the company' not in told
        ssh.is_refused()
    run('ssp-mfa', 'user', 'unlock', alice.name, '--reason=came back')
    with SshTerminal(alice, key) as ssh:
        ssh.answer(CODE, alice.recovery_codes[0])
        ssh.answer('y or n', 'n')
        ssh.is_in()
