"""A host can be set up from what `meson install` lays down, by the page that says how, on a booted Debian."""
import os
import pathlib
import re
import subprocess

import pytest

import namespaces
from booted_host import BootedHost
from person import app_code
from terminal import CODE, OPTION, Terminal

ROOT = pathlib.Path(os.environ['SSP_ROOT'])
BUILD = os.environ['SSP_BUILD']
# Units forbid what sanitizers do.
PLAIN_BUILD = os.environ.get('SSP_PLAIN_BUILD')
needs_plain_build = pytest.mark.skipif(PLAIN_BUILD is None, reason='needs --plain-build')
# The tests have installed already what these would build first.
BUILDING = ('make install', 'packages/install')
UNITS = ('ssp-mfad.service', 'ssp-mfad.socket', 'ssp-mfad-self.socket', 'ssp-mfad-admin.socket',
         'ssp-mfa-deliveryd.service', 'ssp-mfa-deliveryd.socket')


def test_everything_lies_where_it_is_promised(the_host):
    """On the private host, on which `meson install` was run."""
    for path in ('/usr/libexec/ssp-mfa/ssp-mfad', '/usr/libexec/ssp-mfa/ssp-mfa-deliveryd', '/usr/bin/ssp-mfa',
                 '/usr/lib/sysusers.d/ssp-mfa.conf', '/usr/lib/tmpfiles.d/ssp-mfa.conf',
                 '/etc/ssp-mfa/ssp-mfa.toml', '/etc/ssp-mfa/conf.d', '/etc/ssp-mfa/providers.d',
                 '/usr/share/doc/ssp-mfa/examples/pam.d/sshd', '/usr/share/doc/ssp-mfa/examples/pam.d/sudo',
                 '/usr/share/doc/ssp-mfa/examples/pam.d/su', '/usr/share/doc/ssp-mfa/examples/pam.d/login',
                 '/usr/share/doc/ssp-mfa/examples/sshd_config.d/00-ssp-mfa.conf',
                 *(f'/usr/lib/systemd/system/{unit}' for unit in UNITS)):
        assert pathlib.Path(path).exists(), path
    pam = next(pathlib.Path('/usr/lib').glob('*/security/pam_unix.so')).parent
    assert (pam / 'pam_ssp_mfa.so').exists()


def test_installing_again_keeps_the_administrator_s_configuration(tmp_path):
    namespaces.install(BUILD, tmp_path)
    configuration = tmp_path / 'etc/ssp-mfa/ssp-mfa.toml'
    assert configuration.read_bytes() == (ROOT / 'conf/ssp-mfa.toml').read_bytes()
    configuration.write_text('profile = "nist"\n', encoding='ascii')
    namespaces.install(BUILD, tmp_path)
    assert configuration.read_text(encoding='ascii') == 'profile = "nist"\n'


def test_systemd_finds_no_fault_in_the_units():
    done = subprocess.run(['systemd-analyze', 'verify', '--man=no', *UNITS], capture_output=True, text=True, check=False)
    ours = [line for line in done.stderr.splitlines() if 'ssp-mfa' in line]
    assert not ours, done.stderr


@pytest.mark.parametrize('unit, most', [('ssp-mfad.service', 10), ('ssp-mfa-deliveryd.service', 20)])
def test_the_daemons_are_confined(unit, most):
    """In tenths of what systemd calls exposure."""
    done = subprocess.run(['systemd-analyze', 'security', '--offline=true', '--no-pager', f'--threshold={most}', unit],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-400:]


def blocks_of(page):
    """The shell blocks of a page, in order, without the lines that build."""
    blocks = re.findall(r'^```(?:sh)?\n(.*?)^```', page, re.MULTILINE | re.DOTALL)
    return [''.join(line for line in block.splitlines(keepends=True) if not line.startswith(BUILDING))
            for block in blocks]


def section(page, heading):
    return re.search(rf'^## {heading}\n(.*?)(?=^## |\Z)', page, re.MULTILINE | re.DOTALL)[1]


def ssh(booted):
    return booted.inside('ssh', '-tt', '-F', 'none', '-o', 'ConnectionAttempts=5', '-o',
                         'StrictHostKeyChecking=accept-new', '-o', 'IdentitiesOnly=yes', '-i', '/root/key', 'alice@bastion',
                         'echo You are in.')


def add_alice(booted):
    done = booted.run('''
        useradd -m -s /bin/bash alice
        ssh-keygen -q -t ed25519 -N "" -f /root/key
        install -d -m 0700 -o alice -g alice /home/alice/.ssh
        install -m 0600 -o alice -g alice /root/key.pub /home/alice/.ssh/authorized_keys''')
    assert done.returncode == 0, done.stderr


def run_as_written(booted, blocks):
    for block in blocks:
        done = booted.run(block)
        assert done.returncode == 0, f'{block}\n{done.stdout}{done.stderr}'


@needs_plain_build
def test_a_host_is_set_up_by_the_page_and_taken_back(tmp_path):
    page = (ROOT / 'docs/how-to/on-a-host.md').read_text(encoding='utf-8')
    before, way_back = page.split('## 7. The way back')
    with BootedHost(PLAIN_BUILD, tmp_path) as booted:
        add_alice(booted)
        with Terminal(*ssh(booted)) as terminal:
            assert 'You are in.' in terminal.ended()[0], 'ssh does not work before'
        run_as_written(booted, blocks_of(before))
        with Terminal(*ssh(booted)) as terminal:
            terminal.answer(OPTION, '1')
            terminal.answer('Mobile phone number', '205 555 0123')
            asked = terminal.question(CODE)
            message = booted.say('tail -n 1 /var/lib/send-code/messages')
            code = re.search(r'"text":"\w\w (\d{6}) ', message)[1]
            terminal.say(code + '\r')
            assert 'The message begins' in asked
            terminal.answer('Add one now', 'n')
            terminal.answer('Type saved, or later', 'later')
            terminal.answer('y or n', 'y')
            assert 'You are in.' in terminal.ended()[0]
        with Terminal(*ssh(booted)) as terminal:
            assert 'You are in.' in terminal.ended()[0]
        journal = booted.say('journalctl -u ssp-mfad --no-pager')
        assert 'sign-in accepted' in journal, journal
        assert not booted.say('journalctl --no-pager | grep "not restricted"'), 'a unit keeps a daemon from shutting itself in'
        permitted = booted.say('systemd-run --wait --quiet --pipe -p LimitMEMLOCK=infinity sh -c "ulimit -l"')
        assert ('memory is not locked' in journal) == (permitted != 'unlimited'), 'see LimitMEMLOCK'
        assert code not in booted.say('journalctl --no-pager | grep -v sshd')
        check_that_a_reload_is_one(booted)
        check_that_a_restart_is_survived(booted)
        check_that_jobs_run(booted)
        run_as_written(booted, blocks_of(way_back))
        booted.run('systemctl stop ssp-mfad.socket ssp-mfad.service')
        with Terminal(*ssh(booted)) as terminal:
            assert 'You are in.' in terminal.ended()[0], 'the way back does not lead back'


def check_that_a_reload_is_one(booted):
    for service in ('ssp-mfad', 'ssp-mfa-deliveryd'):
        pid = booted.say(f'systemctl show -p MainPID --value {service}')
        done = booted.run(f'systemctl reload {service}')
        assert done.returncode == 0, done.stderr + booted.say(f'systemctl status {service} --no-pager')
        assert booted.say(f'systemctl show -p MainPID --value {service}') == pid
        assert 'configuration read again' in booted.say(f'journalctl -u {service} --no-pager'), service


def check_that_a_restart_is_survived(booted):
    """The socket is systemd's: a killed helper is there again for the next sign-in, with all it knew."""
    assert booted.run('kill -KILL $(systemctl show -p MainPID --value ssp-mfad)').returncode == 0
    with Terminal(*ssh(booted)) as terminal:
        assert 'You are in.' in terminal.ended()[0], booted.say('journalctl -u ssp-mfad --no-pager')
    assert booted.say('systemctl show -p MemoryDenyWriteExecute --value ssp-mfad') == 'yes'


def check_that_jobs_run(booted):
    """The account lines of jobs are not ours."""
    assert booted.run('systemd-run --wait --quiet -p PAMName=cron -p User=alice true').returncode == 0
    assert booted.run('systemd-run --wait --quiet -p PAMName=systemd-user -p User=alice true').returncode == 0


@needs_plain_build
def test_a_host_is_set_up_by_the_short_section_of_the_readme(tmp_path):
    readme = (ROOT / 'README.md').read_text(encoding='utf-8')
    with BootedHost(PLAIN_BUILD, tmp_path) as booted:
        add_alice(booted)
        run_as_written(booted, blocks_of(section(readme, 'On a host')))
        with Terminal(*ssh(booted)) as terminal:
            terminal.answer(OPTION, '3')
            asked = terminal.question(CODE)
            key = re.search(r'Key: ([A-Z2-7 ]+)', asked)[1].replace(' ', '')
            terminal.say(app_code(key) + '\r')
            terminal.answer('Add one now', 'n')
            terminal.answer('Type saved, or later', 'later')
            terminal.answer('y or n', 'n')
            assert 'You are in.' in terminal.ended()[0]
