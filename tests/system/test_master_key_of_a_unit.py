"""What docs/how-to/master-key.md says about the master key is done as written, on a booted Debian with real credentials."""
import re

import pytest

import test_on_a_host as set_up
from booted_host import BootedHost
from person import app_code
from terminal import CODE, OPTION, Terminal

pytestmark = pytest.mark.slow


def done(booted, script):
    ran = booted.run(script)
    assert ran.returncode == 0, f'{script}\n{ran.stdout}{ran.stderr}{booted.say("journalctl -u ssp-mfad --no-pager -n 20")}'
    return ran.stdout


def key_in_use(booted):
    status = done(booted, 'ssp-mfa key status')
    assert re.search('^state: +in use$', status, re.MULTILINE), status
    return re.search('^key: +([0-9a-f]{8})$', status, re.MULTILINE)[1]


def restart(booted):
    done(booted, 'systemctl restart ssp-mfad')


def is_enrolled(booted):
    return 'set up' in re.search('^authenticator app: +(.*)$', done(booted, 'ssp-mfa user show alice'), re.MULTILINE)[1]


def enrol(booted):
    with Terminal(*set_up.ssh(booted)) as terminal:
        terminal.answer(OPTION, '3')
        key = re.search(r'Key: ([A-Z2-7 ]+)', terminal.question(CODE))[1].replace(' ', '')
        terminal.say(app_code(key) + '\r')
        terminal.answer('Add one now', 'n')
        terminal.answer('Type saved, or later', 'later')
        terminal.answer('y or n', 'n')
        assert 'You are in.' in terminal.ended()[0]


@set_up.needs_plain_build
def test_the_master_key_is_rotated_encrypted_and_lost_as_the_page_says(tmp_path):
    set_up_page = (set_up.ROOT / 'docs/how-to/on-a-host.md').read_text(encoding='utf-8')
    page = (set_up.ROOT / 'docs/how-to/master-key.md').read_text(encoding='utf-8')
    rotate, finish = set_up.blocks_of(set_up.section(page, 'Give the database a new key'))
    encrypt, rotate_encrypted, take_its_place = set_up.blocks_of(
        set_up.section(page, 'Hand the key over as a systemd credential'))
    lost, = set_up.blocks_of(set_up.section(page, 'When the key is lost'))
    with BootedHost(set_up.PLAIN_BUILD, tmp_path) as booted:
        set_up.add_alice(booted)
        set_up.run_as_written(booted, set_up.blocks_of(set_up_page.split('## 7. The way back')[0]))
        enrol(booted)
        first = key_in_use(booted)
        done(booted, rotate + finish)
        second = key_in_use(booted)
        assert second != first and booted.say('ls /etc/ssp-mfa/master.key*') == '/etc/ssp-mfa/master.key'
        restart(booted)
        assert key_in_use(booted) == second and is_enrolled(booted)

        done(booted, encrypt)
        done(booted, 'rm /etc/ssp-mfa/master.key')
        restart(booted)
        assert key_in_use(booted) == second and is_enrolled(booted)
        done(booted, rotate_encrypted)
        third = key_in_use(booted)
        done(booted, take_its_place)
        assert third not in (first, second) and key_in_use(booted) == third and is_enrolled(booted)

        done(booted, 'rm /etc/credstore.encrypted/master-key')
        booted.run('systemctl restart ssp-mfad')
        assert booted.run('ssp-mfa key status').returncode != 0
        done(booted, lost)
        assert not booted.say('ls /etc/ssp-mfa/master.key*')
        assert key_in_use(booted) != third
        assert booted.run('ssp-mfa user show alice').returncode == 1
        enrol(booted)
        assert is_enrolled(booted)
