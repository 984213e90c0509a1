"""Messages are limited for everybody together: through a real sshd, and across a restart of the helper."""
import pytest

from ceremonies import enrol
from terminal import OPTION, SshTerminal

HELD_BACK = 'No message or call can be sent just now. Please try again later.'


@pytest.fixture(name='host', scope='module')
def fixture_host(the_host):
    """Two texts an hour."""
    the_host.configure('[sending]\ntexts_per_hour = 2')
    the_host.start_over()
    return the_host


@pytest.fixture(name='alice', scope='module')
def fixture_alice(host):
    """Uses up one of them, and somebody else the other."""
    for name in ('bob', 'alice'):
        person = host.person(name)
        person.key = person.new_key()
        enrol(host, person, 'text', person.key)
    return person


def refusals(host):
    """The lines of the operator."""
    return [line for line in host.helper.log.read_text(encoding='utf-8').splitlines() if 'event=send-refused' in line]


def test_a_newcomer_is_told_one_sentence_and_gets_no_message(host, alice):
    before, seen = host.outbox.messages(), len(refusals(host))
    newcomer = host.person('newcomer')
    with SshTerminal(newcomer, newcomer.new_key()) as ssh:
        ssh.answer(OPTION, '1')
        ssh.answer('Mobile phone number', newcomer.typed_number)
        said = ssh.question(OPTION)
        ssh.hang_up()
    assert HELD_BACK in said and 'limit' not in said and alice.name not in said
    assert host.outbox.messages() == before
    line, = refusals(host)[seen:]
    assert f'user={newcomer.name}' in line and 'limit texts_per_hour, region US, number ending' in line
    assert newcomer.number not in line and f'number ending {newcomer.number[-2:]}, reference' in line


def test_a_helper_that_was_killed_has_not_forgotten_it_and_recovery_codes_still_work(host, alice):
    before = host.outbox.messages()
    host.helper.kill()
    host.helper.start()
    with SshTerminal(alice, alice.key) as ssh:
        ssh.answer(OPTION, '1')
        assert HELD_BACK in ssh.answer(OPTION, alice.recovery_codes[0])
        ssh.answer('y or n', 'n')
        ssh.is_in()
    assert host.outbox.messages() == before
