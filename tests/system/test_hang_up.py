"""A person who hangs up leaves nothing behind that somebody else could use."""
import sqlite3
import time

from ceremonies import enrol, is_challenged
from host import STATE
from terminal import CODE, OPTION, SshTerminal

OPEN = 1  # state of a challenge that can still be spent (helper/store/schema)


def open_challenges():
    with sqlite3.connect(f'file:{STATE}/ssp-mfa.db?mode=ro', uri=True) as database:
        return database.execute('SELECT count(*) FROM challenge WHERE state = ?', [OPEN]).fetchone()[0]


def wait_until(condition, within=5):
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
    return True


def test_hanging_up_at_the_code_voids_it(host):
    alice = host.person('alice')
    key = alice.new_key()
    enrol(host, alice, 'text', key)
    assert open_challenges() == 0
    with SshTerminal(alice, key) as ssh:
        ssh.answer(OPTION, '1')
        host.secrets.note('text code', host.outbox.text_code(alice.number)[0])
        ssh.question(CODE)
        assert open_challenges() == 1
        ssh.hang_up()
    assert wait_until(lambda: open_challenges() == 0)


def test_hanging_up_during_enrolment_leaves_nobody_enrolled(host):
    alice = host.person('alice')
    key = alice.new_key()
    with SshTerminal(alice, key) as ssh:
        ssh.answer(OPTION, '1')
        ssh.answer('Mobile phone number', alice.typed_number)
        host.secrets.note('text code', host.outbox.text_code(alice.number)[0])
        ssh.question(CODE)
        ssh.hang_up()
    assert wait_until(lambda: open_challenges() == 0)
    with SshTerminal(alice, key) as ssh:
        assert 'Set up multi-factor' in ssh.question(OPTION)
        ssh.hang_up()


def test_hanging_up_at_the_question_about_the_device_trusts_nothing(host):
    alice = host.person('alice')
    key = alice.new_key()
    enrol(host, alice, 'app', key)
    with SshTerminal(alice, key) as ssh:
        ssh.answer(CODE, alice.recovery_codes[0])
        ssh.question('y or n')
        ssh.say('y')  # and no Enter
        ssh.hang_up()
    assert is_challenged(alice, key)
    assert host.shown(alice)['remembered_devices'] == '0'


def test_hanging_up_right_after_a_code_leaves_the_helper_in_order(host):
    """The person is gone while the store still works for them."""
    alice = host.person('alice')
    key = alice.new_key()
    enrol(host, alice, 'app', key)
    for code in alice.recovery_codes[:4]:
        with SshTerminal(alice, key) as ssh:
            ssh.question(CODE)
            ssh.say(code + '\r')
            ssh.hang_up()
    assert wait_until(lambda: host.shown(alice)['remembered_devices'] == '0')
    assert is_challenged(alice, key)
    host.helper.stop()  # with sanitizers it would tell now what it lost
    host.helper.start()
