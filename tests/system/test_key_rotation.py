"""The master key is rotated while people sign in through a real sshd: nobody is refused, and the old key is worth
nothing afterwards."""
import json
import pathlib
import shutil
import subprocess
import threading

from ceremonies import enrol
from host import MASTER_KEY, STATE, run
from terminal import CODE, SshTerminal

NEXT = MASTER_KEY.with_name('master.key.next')
REASON = '--reason=a test of rotation'
CREDENTIALS = pathlib.Path('/run/credentials/ssp-mfad.service')


def sign_in(person):
    """With a recovery code, which a rotation must not lose."""
    with SshTerminal(person) as ssh:
        ssh.log_in()
        ssh.answer(CODE, person.recovery_codes.pop())
        ssh.is_in()


def status():
    return json.loads(run('ssp-mfa', 'key', 'status', '--json'))[0]


def test_people_sign_in_while_the_key_is_rotated_twice(host):
    people = [host.person('mover') for _ in range(4)]
    for person in people:
        enrol(host, person, 'app')
    for _ in range(2):
        before = MASTER_KEY.read_bytes()
        old = status()
        ended = []
        rotation = threading.Thread(target=lambda: ended.append(subprocess.run(
            ['ssp-mfa', 'key', 'rotate', REASON, '--json'], capture_output=True, text=True, check=False)))
        rotation.start()
        for person in people:
            sign_in(person)
        rotation.join()
        assert ended[0].returncode == 0, ended[0].stderr
        now = status()
        assert now['key'] != old['key'] and now['state'] == 'in use' and now['new_key'] == ''
        assert MASTER_KEY.read_bytes() != before and not NEXT.exists()
        assert (MASTER_KEY.stat().st_mode & 0o777) == 0o400
    host.helper.stop()
    host.helper.start()
    for person in people:
        sign_in(person)


def test_a_rotation_that_was_killed_goes_on_and_is_finished(host):
    person = host.person('mover')
    enrol(host, person, 'app')
    before = MASTER_KEY.read_bytes()
    rotation = subprocess.Popen(['ssp-mfa', 'key', 'rotate', REASON], stderr=subprocess.DEVNULL)
    while not NEXT.exists() and rotation.poll() is None:
        pass
    host.helper.kill()
    rotation.kill()
    rotation.wait()
    host.helper.start()
    if MASTER_KEY.read_bytes() == before and status()['state'] == 'in use' and NEXT.exists():
        # It had not begun, and goes on now, or it had ended, and this is refused.
        subprocess.run(['ssp-mfa', 'key', 'rotate', REASON], capture_output=True, check=False)
    run('ssp-mfa', 'key', 'finish')
    sign_in(person)
    assert not NEXT.exists()


def start_as_the_unit(host):
    """LoadCredential=master-key:/etc/ssp-mfa/master.key: a copy of that time, for the daemon alone."""
    shutil.rmtree(CREDENTIALS, ignore_errors=True)
    CREDENTIALS.mkdir(parents=True)
    shutil.copy(MASTER_KEY, CREDENTIALS / 'master-key')
    run('chown', '-R', 'ssp-mfa:', CREDENTIALS)
    host.helper.stop()
    host.helper.start(environment={'CREDENTIALS_DIRECTORY': str(CREDENTIALS)})


def test_a_key_file_that_the_unit_hands_over_is_rotated_as_that_file(host):
    person = host.person('mover')
    enrol(host, person, 'app')
    try:
        start_as_the_unit(host)
        old = status()
        assert old['from'] == 'credential'
        run('ssp-mfa', 'key', 'rotate', REASON)
        assert status()['key'] != old['key'] and not NEXT.exists()
        start_as_the_unit(host)
        sign_in(person)
    finally:
        shutil.rmtree(CREDENTIALS, ignore_errors=True)
        host.helper.kill()
        host.helper.start()


def test_a_rotation_needs_root_and_a_reason(host):
    somebody = host.person('curious')
    assert somebody.run('ssp-mfa', 'key', 'rotate', REASON).returncode != 0
    assert somebody.run('ssp-mfa', 'key', 'status').returncode != 0
    assert subprocess.run(['ssp-mfa', 'key', 'rotate'], capture_output=True, check=False).returncode == 2
    assert not NEXT.exists()


def test_the_old_key_is_refused_after_a_rotation(host):
    old = MASTER_KEY.read_bytes()
    run('ssp-mfa', 'key', 'rotate', REASON)
    assert not any(old in file.read_bytes() for file in STATE.iterdir())
    new = MASTER_KEY.read_bytes()
    host.helper.stop()
    put(old)
    host.helper.start()
    assert subprocess.run(['ssp-mfa', 'key', 'status'], capture_output=True, check=False).returncode == 3
    host.helper.stop()
    put(new)
    host.helper.start()
    assert status()['state'] == 'in use'


def put(key):
    MASTER_KEY.chmod(0o600)
    MASTER_KEY.write_bytes(key)
    MASTER_KEY.chmod(0o400)
