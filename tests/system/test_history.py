"""A database that is copied back, and a clock that is set back: nothing works twice, and root puts it right."""
import contextlib
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import time

import pytest

from ceremonies import enrol
from host import STATE, run, shared_library
from person import app_code
from terminal import CODE, SshTerminal

DATABASE = STATE / 'ssp-mfa.db'
BACKUP = pathlib.Path('/var/backups/ssp-mfa.db')
FAKETIME = next(pathlib.Path('/usr/lib').glob('*/faketime/libfaketimeMT.so.1'), None)


def sign_in(person, code):
    """One sign-in with `code`, which is returned."""
    with SshTerminal(person, person.key) as ssh:
        ssh.answer(CODE, code)
        ssh.answer('y or n', 'n')
        ssh.is_in()
    return code


def wait_for_a_new_step(person, code):
    while app_code(person.app_key) == code:
        time.sleep(0.5)


def is_refused(person, words):
    with SshTerminal(person, person.key) as ssh:
        assert words in ' '.join(ssh.is_refused().split())
    return True


def is_told(person, words):
    with SshTerminal(person, person.key, once=True) as ssh:
        ssh.answer(f'{words}.*Press Enter to close', '')
        ssh.is_refused()


def command(*words):
    return subprocess.run(['ssp-mfa', *words], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


@pytest.fixture(name='alice')
def fixture_alice(host):
    host.start_over()
    alice = host.person('alice')
    alice.key = alice.new_key()
    enrol(host, alice, 'app', alice.key, trust='n')
    yield alice
    host.start_over()


@pytest.mark.attack
def test_a_backup_revives_nothing_whether_copied_back_or_restored(host, alice):
    BACKUP.parent.mkdir(exist_ok=True)
    done = command('backup', str(BACKUP), '--json')
    assert done.returncode == 0 and 'master key is not in it' in done.stderr, done.stderr
    assert json.loads(done.stdout)[0]['people'] == '1' and BACKUP.stat().st_mode & 0o777 == 0o600
    assert command('backup', str(BACKUP)).returncode == 1
    assert command('backup', str(BACKUP), '--force').returncode == 0

    used = sign_in(alice, alice.recovery_codes[0])
    assert 'has it open' in command('restore', str(BACKUP), '--reason=x').stderr

    host.helper.stop()
    shutil.copyfile(BACKUP, DATABASE)
    host.helper.start()
    assert is_refused(alice, 'cannot be checked')
    host.helper.stop()
    done = command('restore', str(BACKUP), '--reason=copied back by mistake')
    assert done.returncode == 0, done.stderr
    host.helper.start()

    for old in (used, app_code(alice.app_key)):
        with SshTerminal(alice, alice.key) as ssh:
            ssh.answer(CODE, old)
            ssh.question(CODE)  # the same question again: it was not accepted
            ssh.hang_up()
    wait_for_a_new_step(alice, app_code(alice.app_key))
    with SshTerminal(alice, alice.key) as ssh:
        # The step after that of the restore counts as used too, and an app may be one step fast.
        ssh.answer(CODE, app_code(alice.app_key, at='now + 30 seconds'))
        assert 'restored from a backup' in ' '.join(ssh.question('y or n').split())
        ssh.say('n\r')
        ssh.is_in()


@pytest.mark.attack
def test_a_damaged_row_refuses_one_person_until_root_resets_and_unlocks_them(host, alice):
    host.helper.stop()
    with contextlib.closing(sqlite3.connect(DATABASE)) as database, database:
        database.execute('UPDATE subscriber SET epoch = epoch + 1 WHERE name = ?', (alice.name,))
    host.helper.start()
    assert is_refused(alice, 'cannot be checked')
    shown = command('user', 'show', alice.name)
    assert shown.returncode == 1 and f'ssp-mfa user reset {alice.name}' in shown.stderr, shown.stderr
    done = command('user', 'reset', alice.name, '--reason=the disk broke')
    assert done.returncode == 0 and 'the account is locked' in done.stdout + done.stderr, done
    is_told(alice, 'account is locked')
    assert command('user', 'unlock', alice.name, '--reason=looked at it').returncode == 0
    enrol(host, alice, 'app', alice.key, trust='n')


@pytest.mark.attack
@pytest.mark.skipif('SSP_PLAIN_BUILD' not in os.environ, reason='needs --plain-build: no faketime with sanitizers')
def test_a_clock_that_was_ahead_refuses_everybody_until_root_repairs_it(host, alice):
    program = '/usr/local/sbin/ssp-mfad'
    shutil.copy(pathlib.Path(os.environ['SSP_PLAIN_BUILD'], 'helper/ssp-mfad'), program)
    preloaded = f'LD_PRELOAD={shared_library("real_timerfd.c", "/usr/local/lib/real_timerfd.so")} {FAKETIME}'
    host.helper.stop()
    host.helper.start(['/usr/bin/env', preloaded, 'FAKETIME=+400d', 'FAKETIME_DONT_FAKE_MONOTONIC=1', program])
    with SshTerminal(alice, alice.key) as ssh:
        ssh.answer(CODE, alice.recovery_codes[0])
        ssh.answer('y or n', 'y')
        ssh.is_in()
    host.helper.stop()
    host.helper.start()
    is_told(alice, 'The clock of this computer is wrong')
    assert command('repair', 'clock').returncode == 2
    done = command('repair', 'clock', '--reason=NTP was ahead', '--json')
    assert done.returncode == 0 and json.loads(done.stdout)[0]['was_at'] > '2027', done.stderr
    assert command('repair', 'clock', '--reason=again').returncode == 1
    sign_in(alice, alice.recovery_codes[1])
    run('ssp-mfa', 'audit', 'verify')
