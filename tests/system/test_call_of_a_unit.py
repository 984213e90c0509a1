"""A spoken code on a booted Debian: what the unit of the delivery daemon forbids does not keep a call from being made."""
import pathlib
import shutil
import subprocess

import pytest

import test_on_a_host as set_up
from booted_host import BootedHost
from terminal import CODE, OPTION, Terminal

pytestmark = pytest.mark.slow

TRUNK = '''\
kind = "sip"
channels = ["voice-call"]
proxy = "sip:127.0.0.1:5072;transport=udp"
from = "sip:alarm@127.0.0.1"
user = "trunk"
password = "credential:trunk"
'''
# Says which digits it heard, once the call is over.
PHONE = '''\
import sys, tempfile
sys.path.insert(0, "/opt/support")
from matched_filter import digits_heard
from sip_callee import Callee
with Callee(tempfile.mkdtemp() + "/phone", 5072, press_after=0.3, hang_up_after=10) as phone:
    print("ready", flush=True)
    print(digits_heard(phone.recording()).digits[:5], flush=True)
'''


@set_up.needs_plain_build
def test_a_code_is_spoken_by_a_daemon_that_its_unit_confines(tmp_path):
    page = (set_up.ROOT / 'docs/how-to/on-a-host.md').read_text(encoding='utf-8')
    with BootedHost(set_up.PLAIN_BUILD, tmp_path) as booted:
        shutil.copytree(pathlib.Path(set_up.ROOT, 'tests/support'), booted.root / 'opt/support')
        set_up.add_alice(booted)
        set_up.run_as_written(booted, set_up.blocks_of(page.split('## 7. The way back')[0]))
        done = booted.run(f'''
            cat > /etc/ssp-mfa/providers.d/00-trunk.toml <<'END'
{TRUNK}END
            install -d -m 0700 /etc/ssp-mfa/secrets
            echo hunter2 > /etc/ssp-mfa/secrets/trunk
            install -d /etc/systemd/system/ssp-mfa-deliveryd.service.d
            printf '[Service]\\nLoadCredential=trunk:/etc/ssp-mfa/secrets/trunk\\n' \\
                > /etc/systemd/system/ssp-mfa-deliveryd.service.d/trunk.conf
            systemctl daemon-reload
            systemctl restart ssp-mfa-deliveryd.service''')
        assert done.returncode == 0, done.stderr
        with subprocess.Popen(booted.inside('/usr/bin/python3', '-c', PHONE), stdout=subprocess.PIPE, text=True) as phone, \
                Terminal(*set_up.ssh(booted)) as terminal:
            assert phone.stdout.readline() == 'ready\n'
            terminal.answer(OPTION, '2')
            terminal.answer('Phone number', '205 555 0123')
            terminal.question(CODE)
            code = phone.stdout.readline().strip()
            assert len(code) == 5, booted.say('journalctl -u ssp-mfa-deliveryd --no-pager')
            terminal.say(f'{code}\r')
            terminal.answer('Add one now', 'n')
            terminal.answer('Type saved, or later', 'later')
            terminal.answer('y or n', 'n')
            assert 'You are in.' in terminal.ended()[0]
        journal = booted.say('journalctl -u ssp-mfa-deliveryd --no-pager')
        assert 'call ended end=hung-up provider=00-trunk' in journal, journal
        assert code not in booted.say('journalctl --no-pager | grep -v sshd') and 'hunter2' not in journal
