"""Codes spoken in real telephone calls: ssp-mfa-call rings a SIP telephone on the loopback device, the telephone
records what it hears, and what was heard is typed at a real sshd."""
import pathlib
import subprocess
import time

import pytest

from ceremonies import finish, prove_app
from matched_filter import digits_heard
from sip_callee import Callee
from sip_refuser import Refuser
from terminal import CODE, OPTION, SshTerminal

PORT = 5072
PROVIDERS = pathlib.Path('/etc/ssp-mfa/providers.d')
TRUNK = '''\
kind = "sip"
channels = ["voice-call"]
proxy = "sip:127.0.0.1:{port};transport=udp"
from = "sip:alarm@127.0.0.1"
'''
# Seconds after which five digits were heard once, and not yet twice.
HEARD_ONCE = 10


def provide(host, name, text):
    (PROVIDERS / name).write_text(text, encoding='ascii')
    host.delivery.stop()
    host.delivery.start()


@pytest.fixture(autouse=True, scope='module')
def calls_by_sip(host):
    """Texts stay in the outbox; calls go to the telephone at PORT."""
    before = (PROVIDERS / 'outbox.toml').read_text(encoding='ascii')
    (PROVIDERS / 'outbox.toml').write_text(before.replace(', "voice-call"', ''), encoding='ascii')
    provide(host, 'trunk.toml', TRUNK.format(port=PORT))
    yield
    (PROVIDERS / 'trunk.toml').unlink()
    provide(host, 'outbox.toml', before)


def telephone(person, folder, **options):
    return Callee(folder, PORT, number=person.number, **options)


def code_heard(host, callee, readings=1):
    """What the telephone heard, as somebody writes it down."""
    heard = digits_heard(callee.recording())
    code = heard.digits[:5]
    assert heard.correlation > 0.99
    assert len(code) == 5 and (code * 2).startswith(heard.digits), heard.digits
    assert len(heard.digits) >= 5 * readings
    host.secrets.note('voice code', code)
    return code


def asks_for_a_call(ssh, person):
    """From the question for a way to the question for the code of a call."""
    ssh.answer(OPTION, '2')
    ssh.answer('Phone number', person.typed_number)
    return ssh.question(CODE)


def assert_no_code_is_in(recording):
    """The greeting itself says "press one", three times at most."""
    heard = digits_heard(recording).digits
    assert heard in ('', '1', '11', '111'), heard


def asks_how_it_ended(ssh):
    """Presses Enter at the question for the code, after the end of the call, until it says so."""
    for _ in range(2):
        time.sleep(1.1)  # quicker ones count as nobody's
        ssh.say('\r')
        asked = ssh.question(CODE)
        if 'The call ended' in asked:
            break
    return asked


def test_a_code_that_a_telephone_heard_opens(host, tmp_path):
    alice = host.person('alice')
    with telephone(alice, tmp_path / 'phone', press_after=0.3, hang_up_after=HEARD_ONCE) as phone, \
            SshTerminal(alice, alice.new_key()) as ssh:
        asked = asks_for_a_call(ssh, alice)
        assert f'number ending {alice.number[-2:]}' in asked and 'Press 1' in asked
        code = code_heard(host, phone)
        ssh.say(code + '\r')
        finish(ssh, host, alice, trust='n')
    assert not [message for message in host.outbox.messages() if message['to'] == alice.number]


def test_a_telephone_on_which_nobody_presses_hears_no_code_and_is_hung_up_with_the_way(host, tmp_path):
    """The beginning of a voice mail, as far as the person at the terminal waits for it."""
    alice = host.person('alice')
    with telephone(alice, tmp_path / 'phone') as phone, SshTerminal(alice, alice.new_key()) as ssh:
        asks_for_a_call(ssh, alice)
        phone.wait_for('CALL_ESTABLISHED')
        time.sleep(2.5)  # of the greeting
        ssh.say('\r')
        assert 'press 1' in ssh.answer(CODE, 'c')
        assert 'Text message' in ssh.question(OPTION)
        assert_no_code_is_in(phone.recording(within=10))  # it would ask for the key for longer by itself
        ssh.hang_up()


@pytest.mark.slow
def test_a_voice_mail_hears_no_code_and_the_person_can_choose_another_way(host, tmp_path):
    alice = host.person('alice')
    with telephone(alice, tmp_path / 'phone') as phone, SshTerminal(alice, alice.new_key()) as ssh:
        asks_for_a_call(ssh, alice)
        assert_no_code_is_in(phone.recording())
        asked = asks_how_it_ended(ssh)
        assert 'The call ended: nobody pressed 1, so the code was not spoken.' in asked
        ssh.say('c\r')
        ssh.answer(OPTION, '3')
        prove_app(ssh, host, alice)
        finish(ssh, host, alice, trust='n')


def test_a_telephone_does_not_ring_for_somebody_who_left(host, tmp_path):
    alice = host.person('alice')
    with telephone(alice, tmp_path / 'phone', answers=False) as phone, SshTerminal(alice, alice.new_key()) as ssh:
        asks_for_a_call(ssh, alice)
        phone.wait_for('CALL_INCOMING')
        ssh.hang_up()
        phone.wait_for('CALL_CLOSED', within=15)  # it would ring for 25 seconds by itself


@pytest.mark.parametrize('answer, rings, says', [
    ('486 Busy Here', False, 'The call ended: busy.'),
    ('486 Busy Here', True, 'The call ended: busy.'),
    ('603 Decline', True, 'The call ended: it was refused.'),
    pytest.param(None, True, 'The call ended: nobody answered.', marks=pytest.mark.slow),  # after 25 seconds
])
def test_how_a_call_ended_is_told_with_the_next_question(host, answer, rings, says):
    alice = host.person('alice')
    with Refuser(PORT, answer, rings) as refuser, SshTerminal(alice, alice.new_key()) as ssh:
        asked = asks_for_a_call(ssh, alice)
        assert rings or says in asked  # known when the question came
        refuser.wait_for('ACK', within=40)
        if says not in asked:
            asked = asks_how_it_ended(ssh)
        assert says in asked, ssh.shown
        ssh.say('c\r')
        assert 'Text message' in ssh.question(OPTION)
        ssh.hang_up()
    assert refuser.requests.count('INVITE') == 1


def test_a_trunk_that_is_not_there_is_told_at_once(host):
    """Nothing listens at PORT; another way is offered."""
    alice = host.person('alice')
    provide(host, 'trunk.toml', TRUNK.format(port=PORT).replace('udp', 'tcp'))
    with SshTerminal(alice, alice.new_key()) as ssh:
        ssh.answer(OPTION, '2')
        ssh.answer('Phone number', alice.typed_number)
        assert 'Text message' in ssh.question(OPTION)
        ssh.hang_up()
    provide(host, 'trunk.toml', TRUNK.format(port=PORT))


def certificate(folder, name):
    """A server's certificate that is its own authority, for 127.0.0.1; with its key in the same file."""
    folder.mkdir()
    key, file = folder / 'key.pem', folder / f'{name}.pem'
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
                    '-subj', f'/CN={name}', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', file],
                   check=True, capture_output=True)
    authority = pathlib.Path('/etc/ssp-mfa', f'{name}.pem')
    authority.write_bytes(file.read_bytes())
    file.write_bytes(file.read_bytes() + key.read_bytes())
    return file, authority


@pytest.fixture(name='secure_trunk')
def fixture_secure_trunk(host):
    """Takes calls to the TLS port of the telephone from here on, and believes this authority."""
    def believe(authority):
        lines = TRUNK.format(port=PORT + 1).replace('sip:127.0.0.1', 'sips:127.0.0.1').replace(';transport=udp', '')
        provide(host, 'trunk.toml', f'{lines}ca_file = "{authority}"\n')
    yield believe
    provide(host, 'trunk.toml', TRUNK.format(port=PORT))


@pytest.mark.slow
def test_a_code_is_spoken_over_tls_in_encrypted_sound(host, tmp_path, secure_trunk):
    alice = host.person('alice')
    pem, authority = certificate(tmp_path / 'sbc', 'sbc')
    secure_trunk(authority)
    with telephone(alice, tmp_path / 'phone', press_after=0.3, hang_up_after=HEARD_ONCE, certificate=pem, srtp=True) as phone, \
            SshTerminal(alice, alice.new_key()) as ssh:
        asks_for_a_call(ssh, alice)
        ssh.say(code_heard(host, phone) + '\r')
        finish(ssh, host, alice, trust='n')


def test_a_trunk_with_a_foreign_certificate_gets_neither_number_nor_call(host, tmp_path, secure_trunk):
    alice = host.person('alice')
    pem, _ = certificate(tmp_path / 'sbc', 'sbc')
    _, foreign = certificate(tmp_path / 'other', 'other')
    secure_trunk(foreign)
    with telephone(alice, tmp_path / 'phone', certificate=pem) as phone, SshTerminal(alice, alice.new_key()) as ssh:
        ssh.answer(OPTION, '2')
        ssh.answer('Phone number', alice.typed_number)
        assert 'Text message' in ssh.question(OPTION)
        assert not phone.events
        ssh.hang_up()
    assert 'outcome=configuration' in host.delivery.log.read_text(encoding='utf-8', errors='replace')


@pytest.mark.slow
@pytest.mark.parametrize('five', ['first', 'second', 'third', 'fourth'])
def test_twenty_of_twenty_codes_are_heard_and_open(host, tmp_path, five):
    right = 0
    for number in range(5):
        person = host.person('alice')
        with telephone(person, tmp_path / str(number), press_after=0.3) as phone, \
                SshTerminal(person, person.new_key()) as ssh:
            asks_for_a_call(ssh, person)
            code = code_heard(host, phone, readings=2)
            ssh.say(code + '\r')
            assert 'Voice call is set up' in ssh.question('Add one now')
            right += 1
            ssh.hang_up()
    assert right == 5, five


def make_test_call():
    """What an administrator sees of one; the number is nobody's."""
    return subprocess.run(['ssp-mfa', 'send-test', '--channel=voice-call', '--provider=trunk', '205 555 0123'],
                          capture_output=True, text=True, check=False, timeout=60)


def test_a_test_call_to_a_busy_telephone_says_so(host):
    with Refuser(PORT, '486 Busy Here', rings=True):
        done = make_test_call()
    assert done.returncode == 1 and 'ended: busy' in done.stdout, done.stdout + done.stderr


@pytest.mark.slow
def test_a_test_call_shows_each_step(host, tmp_path):
    with Callee(tmp_path / 'phone', PORT, press_after=0.3):
        done = make_test_call()
    assert done.returncode == 0, done.stdout + done.stderr
    steps = ['the telephone rings', 'waits for the key 1', 'speaks the digits', 'spoken to their end', 'ended: played']
    places = [done.stdout.find(step) for step in steps]
    assert -1 not in places and places == sorted(places), done.stdout
