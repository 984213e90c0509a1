"""What a person goes through at the terminal, for tests that are about something else."""
import re

from person import app_code
from terminal import CODE, OPTION, SshTerminal

RECOVERY_CODE = r'\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{5}\b'
KEY = r'Key: ([A-Z2-7]{4}(?: [A-Z2-7]{1,4})+)'


def prove_text(ssh, host, person):
    """Types the number, then the code of the message; returns the question for the code."""
    ssh.answer('Mobile phone number', person.typed_number)
    code, tag = host.outbox.text_code(person.number)
    host.secrets.note('text code', code)
    asked = ssh.answer(CODE, code)
    assert f'The message begins {tag}' in asked
    return asked


def prove_voice(ssh, host, person):
    ssh.answer('Phone number', person.typed_number)
    code = host.outbox.voice_code(person.number)
    host.secrets.note('voice code', code)
    return ssh.answer(CODE, code)


def prove_app(ssh, host, person):
    """Types the key that is shown into an app, and the app's code; the person has the app from then on."""
    asked = ssh.question(CODE)
    person.app_key = re.search(KEY, asked)[1].replace(' ', '')
    host.secrets.note('app key', person.app_key)
    ssh.say(new_app_code(host, person) + '\r')
    return asked


def new_app_code(host, person):
    code = app_code(person.app_key)
    host.secrets.note('app code', code)
    return code


def code_in(text):
    """The six digits of a text message, and its tag."""
    found = re.match(r'(?P<tag>[0-9A-Z]{2}) (?P<code>\d{6}) ', text)
    assert found, 'a text message without tag and six digits'
    return found['code'], found['tag']


def enrol_by_text(host, person, next_text):
    """A first sign-in with a new key, which is returned; `next_text` waits for what arrives at the phone."""
    key = person.new_key()
    with SshTerminal(person, key) as ssh:
        ssh.answer(OPTION, '1')
        ssh.answer('Mobile phone number', person.typed_number)
        code, tag = code_in(next_text())
        host.secrets.note('text code', code)
        assert f'The message begins {tag}' in ssh.answer(CODE, code)
        finish(ssh, host, person, trust='n')
    return key


def finish(ssh, host, person, trust=None):
    """From the bound first way to the end. `trust`: the answer about this device, where that is asked."""
    ssh.answer('Add one now', 'n')
    shown = ssh.answer('Type saved, or later', 'saved')
    person.recovery_codes = re.findall(RECOVERY_CODE, shown)
    for code in person.recovery_codes:
        host.secrets.note('recovery code', code)
    if trust:
        ssh.answer('y or n', trust)
    return ssh.is_in()


PROOFS = {'text': ('1', prove_text), 'voice': ('2', prove_voice), 'app': ('3', prove_app)}


def enrol(host, person, way, key=None, trust=None):
    """A first sign-in by `way`; with `key`, or else with the password."""
    option, prove = PROOFS[way]
    with SshTerminal(person, key) as ssh:
        if key is None:
            ssh.log_in()
        ssh.answer(OPTION, option)
        prove(ssh, host, person)
        return finish(ssh, host, person, trust or ('n' if key else None))


def is_challenged(person, key):
    """Whether a sign-in with this key has to show a second factor. Nothing is answered."""
    with SshTerminal(person, key) as ssh:
        asked = ssh.question(f'({OPTION}|{CODE})')
        assert 'Set up multi-factor' not in asked, asked
        ssh.hang_up()
    return True


def is_let_in_unasked(done):
    """Whether a client without a terminal got in."""
    return done.returncode == 0 and 'You are in.' in done.stdout
