"""The master key is gone: while ssp-mfad runs nothing is lost, and afterwards everybody begins anew, knowingly."""
import json
import subprocess

import pytest

from ceremonies import enrol
from host import MASTER_KEY, STATE, run
from terminal import CODE, ENTER, OPTION, SshTerminal

DATABASE = STATE / 'ssp-mfa.db'
REASON = '--reason=the disk of keys died'

pytestmark = pytest.mark.attack


def command(*words):
    return subprocess.run(['ssp-mfa', *words], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


def is_refused(person, key):
    with SshTerminal(person, key) as ssh:
        ssh.is_refused()
    return True


def put(key):
    MASTER_KEY.unlink(missing_ok=True)
    MASTER_KEY.write_bytes(key)
    MASTER_KEY.chmod(0o400)
    run('chown', 'ssp-mfa:', MASTER_KEY)


def test_a_key_file_that_vanished_under_a_running_daemon_is_replaced_by_a_rotation(host):
    person = host.person('mover')
    key = person.new_key()
    enrol(host, person, 'text', key)
    MASTER_KEY.unlink()
    refused = command('key', 'lost', REASON)
    assert refused.returncode == 1 and 'key rotate' in refused.stderr and 'Nothing was changed' in refused.stderr
    run('ssp-mfa', 'key', 'rotate', REASON)
    host.helper.stop()
    host.helper.start()
    with SshTerminal(person, key) as ssh:
        ssh.answer(OPTION, person.recovery_codes[0])
        ssh.answer('y or n', 'n')
        ssh.is_in()


def test_who_had_a_second_factor_sets_it_up_anew_and_who_was_locked_stays_locked(host):
    host.start_over()
    alice, mallory = host.person('alice'), host.person('mallory')
    keys = {person: person.new_key() for person in (alice, mallory)}
    for person, key in keys.items():
        enrol(host, person, 'text', key, trust='y')
    run('ssp-mfa', 'user', 'lock', mallory.name, '--reason=under suspicion')
    assert command('key', 'lost').returncode == 2
    assert host.person('curious').run('ssp-mfa', 'key', 'lost', REASON).returncode == 1
    host.helper.stop()
    not_lost = command('key', 'lost', REASON)
    assert not_lost.returncode == 1 and 'it is not lost' in not_lost.stderr and DATABASE.exists()
    stolen = MASTER_KEY.read_bytes()
    MASTER_KEY.unlink()
    host.helper.start()
    assert is_refused(alice, keys[alice])

    done = command('key', 'lost', REASON, '--json')
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)[0]
    assert told['people_to_set_up_anew'] == '2' and told['still_locked'] == mallory.name
    assert (STATE / told['kept_database']).exists() and (STATE / (told['kept_database'] + '.mark')).exists()
    assert (MASTER_KEY.stat().st_mode & 0o777, MASTER_KEY.owner()) == (0o400, 'ssp-mfa')
    host.helper.stop()
    host.helper.start()

    with SshTerminal(mallory, keys[mallory], once=True) as ssh:
        assert 'locked' in ssh.answer(ENTER, '')
        ssh.is_refused()
    old = alice.recovery_codes[0]
    with SshTerminal(alice, keys[alice]) as ssh:  # her device is not remembered, her old code is no code
        assert 'Set up multi-factor' in ssh.answer(OPTION, old)
        ssh.question(OPTION)
        ssh.hang_up()
    enrol(host, alice, 'text', keys[alice])
    with SshTerminal(alice, keys[alice]) as ssh:
        ssh.answer(OPTION, old)
        ssh.answer(f'({OPTION}|{CODE})', alice.recovery_codes[0])
        ssh.answer('y or n', 'n')
        ssh.is_in()
    rows = [json.loads(line) for line in run('ssp-mfa', 'audit', 'export').splitlines()]
    first = next(row for row in rows if row.get('sequence') == 1)
    assert first['event'] == 'master-key-lost' and told['former_node'] in first['detail'], first
    assert 'the disk of keys died' in first['detail']
    run('ssp-mfa', 'audit', 'verify')

    new = MASTER_KEY.read_bytes()
    host.helper.stop()
    put(stolen)
    host.helper.start()
    assert command('key', 'status').returncode == 3 and is_refused(alice, keys[alice])
    host.helper.stop()
    put(new)
    host.helper.start()
    assert command('user', 'show', alice.name).returncode == 0
