"""Fifty connections of somebody who has the first factor, all at the prompt before any of them types."""
import contextlib
import sqlite3

import pytest

from ceremonies import enrol
from host import STATE
from person import app_code
from terminal import SshTerminal

pytestmark = pytest.mark.attack
CONNECTIONS = 50
BUDGET = 30  # points; a wrong app code costs 3
TRIES = 12  # more than one sign-in bears with


@pytest.fixture(name='host', scope='module')
def fixture_host(the_host):
    the_host.configure(f'[guessing]\nyearly_points = {BUDGET}\nphone_off_points = {BUDGET}\n'
                       f'desk_refund_points = {BUDGET}\ndeny = 20\nlock_after = 20')
    the_host.start_over()
    the_host.start_sshd(f'MaxStartups {2 * CONNECTIONS}', f'MaxSessions {2 * CONNECTIONS}')
    yield the_host
    the_host.configure()
    the_host.start_sshd()


def wrong_code(person):
    near = {app_code(person.app_key, at) for at in ('now', '30 seconds ago', '60 seconds ago', '30 seconds',
                                                   '60 seconds', '90 seconds')}
    return next(code for code in ('000000', '111111', '222222', '333333', '444444', '555555', '666666')
                if code not in near)


def refused_codes(person):
    with contextlib.closing(sqlite3.connect(f'file:{STATE}/ssp-mfa.db?mode=ro', uri=True)) as database:
        return database.execute("SELECT count(*) FROM audit WHERE event = 'code-refused' AND name = ?",
                                (person.name,)).fetchone()[0]


def types_until_the_end(ssh, code):
    for _ in range(TRIES):
        try:
            ssh.answer('', code)
        except AssertionError:
            return  # it ended


def test_fifty_connections_compare_no_more_codes_than_one_may(host):
    alice = host.person('alice')
    key = alice.new_key()
    enrol(host, alice, 'app', key)
    wrong = wrong_code(alice)
    with contextlib.ExitStack() as windows:
        all_at_the_prompt = [windows.enter_context(SshTerminal(alice, key, once=True, timeout=120))
                             for _ in range(CONNECTIONS)]
        for ssh in all_at_the_prompt:
            ssh.question('(Passcode|[Cc]ode)')
        for ssh in all_at_the_prompt:
            ssh.say(f'{wrong}\r')
        for ssh in all_at_the_prompt:
            types_until_the_end(ssh, wrong)
            assert SshTerminal.WELCOME not in ssh.shown
    assert refused_codes(alice) == BUDGET // 3
    assert int(host.shown(alice)['guess_points']) == BUDGET

    with SshTerminal(alice, key) as ssh:  # who has the phone still gets in
        ssh.answer('(Passcode|[Cc]ode)', alice.recovery_codes[0])
        ssh.answer('y or n', 'n')
        ssh.is_in()
