"""The first sign-in of a person, and the ones after it, in each of the three ways."""
import re
import time
import urllib.parse

import pytest

import screen
from ceremonies import RECOVERY_CODE, enrol, finish, new_app_code, prove_app, prove_text, prove_voice
from person import app_code
from terminal import CODE, OPTION, SshTerminal, ssh_words


def test_a_person_with_a_password_enrols_by_text_message(host):
    alice = host.person('alice')
    with SshTerminal(alice) as ssh:
        ssh.log_in()
        first = ssh.answer(OPTION, '1')
        assert 'Set up multi-factor authentication' in first
        for way in ('Text message', 'Automated voice call', 'Authenticator app'):
            assert way in first
        assert re.search(r'Help: Portal Support 205 555 0100, reference [0-9A-Z]{4}-[0-9A-Z]{2}', first)
        asked = prove_text(ssh, host, alice)
        assert f'Sent to the number ending {alice.number[-2:]}.' in asked
        said = finish(ssh, host, alice)
    assert 'did not sign in with an SSH key' in said
    assert len(alice.recovery_codes) >= 6
    assert len(host.outbox.messages()) >= 1


def test_a_person_with_a_key_enrols_by_voice_call_with_five_digits(host):
    bob = host.person('bob')
    key = bob.new_key()
    with SshTerminal(bob, key) as ssh:
        ssh.answer(OPTION, '2')
        asked = prove_voice(ssh, host, bob)
        assert 'five digits' in asked
        finish(ssh, host, bob, trust='n')
    assert 'Password' not in ssh.shown
    spoken = host.outbox.messages()[-1]
    assert spoken['channel'] == 'voice-call'
    assert len(re.sub(r'\D', '', spoken['speech'])) == 5


def test_the_app_s_code_is_read_from_a_picture_of_a_real_terminal(host, tmp_path):
    carol = host.person('carol')
    command = ['ssh', *ssh_words(carol, carol.new_key()), 'bastion', 'echo You are in.']
    with screen.Screen(*command) as terminal:
        terminal.wait_for(OPTION)
        terminal.type('3')
        shown = terminal.wait_for(rf'Key: [A-Z2-7 ]+(?s:.*){CODE}:')
        picture = tmp_path / 'app.png'
        screen.draw(shown, picture)
        uri = urllib.parse.urlsplit(screen.read_qr_code(picture))
        assert (uri.scheme, uri.netloc) == ('otpauth', 'totp')
        assert carol.name in urllib.parse.unquote(uri.path)
        key = urllib.parse.parse_qs(uri.query)['secret'][0]
        assert key in shown.replace(' ', ''), 'the key is not printed, or another one'
        host.secrets.note('app key', key)
        terminal.type(app_code(key))
        terminal.wait_for('Authenticator app is set up')
        terminal.type('n')
        for code in re.findall(RECOVERY_CODE, terminal.wait_for('Type saved, or later')):
            host.secrets.note('recovery code', code)
        terminal.type('saved')
        terminal.wait_for('y or n:')
        terminal.type('n')
        terminal.wait_for('You are in')


@pytest.mark.parametrize('letter, says', [('k', 'Type this key'), ('i', 'Scan this')])
def test_the_code_can_be_shown_inverted_or_as_key_only(host, letter, says):
    carol = host.person('carol')
    with SshTerminal(carol, carol.new_key()) as ssh:
        ssh.answer(OPTION, '3')
        ssh.answer(CODE, letter)
        assert says in prove_app(ssh, host, carol)
        finish(ssh, host, carol, trust='n')


def test_a_later_sign_in_is_one_question(host):
    alice = host.person('alice')
    key = alice.new_key()
    enrol(host, alice, 'app', key)
    time.sleep(1)
    with SshTerminal(alice, key) as ssh:
        asked = ssh.answer(CODE, alice.recovery_codes[0].lower())
        assert 'Enter the code from your app or a recovery code.' in asked
        assert 'Set up' not in asked
        ssh.answer('y or n', 'n')
        ssh.is_in()


def test_a_recovery_code_opens_once(host):
    alice = host.person('alice')
    key = alice.new_key()
    enrol(host, alice, 'app', key)
    with SshTerminal(alice, key) as ssh:
        ssh.answer(CODE, alice.recovery_codes[1])
        ssh.answer('y or n', 'n')
        ssh.is_in()
    with SshTerminal(alice, key) as ssh:
        ssh.answer(CODE, alice.recovery_codes[1])
        assert 'not valid, or was used before: 2 tries left' in ssh.answer(CODE, alice.recovery_codes[2])
        ssh.answer('y or n', 'n')
        ssh.is_in()


def test_an_app_code_opens_once(host):
    alice = host.person('alice')
    key = alice.new_key()
    enrol(host, alice, 'app', key)
    with SshTerminal(alice, key) as ssh:
        ssh.answer(CODE, new_app_code(host, alice))
        assert 'used before' in ssh.question(CODE)
        ssh.hang_up()


def test_a_code_that_is_asked_for_is_sent_and_opens(host):
    alice = host.person('alice')
    key = alice.new_key()
    enrol(host, alice, 'voice', key)
    with SshTerminal(alice, key) as ssh:
        asked = ssh.answer(OPTION, '1')
        assert f'Voice call to the number ending {alice.number[-2:]}' in asked
        code = host.outbox.voice_code(alice.number)
        ssh.answer(CODE, code)
        ssh.answer('y or n', 'n')
        ssh.is_in()


def test_a_second_way_can_be_added_at_once(host):
    alice = host.person('alice')
    key = alice.new_key()
    with SshTerminal(alice, key) as ssh:
        ssh.answer(OPTION, '1')
        prove_text(ssh, host, alice)
        ssh.answer('Add one now', '3')
        prove_app(ssh, host, alice)
        assert 'Authenticator app is set up.' in ssh.answer('Type saved, or later', 'later')
        ssh.answer('y or n', 'n')
        ssh.is_in()
    with SshTerminal(alice, key) as ssh:
        asked = ssh.question(OPTION)
        assert 'Enter the code from your app, or choose' in asked
        assert '1  Text message to the number ending' in asked
        ssh.hang_up()
