"""Runs after all others, which logged all they could: no code, key, number or password of the whole run is in a log,
in the database, in a core file, in a command line or in an environment."""
import pathlib
import re
import signal

import pytest

from ceremonies import enrol
from host import OUTBOX, STATE

# sshd at LogLevel DEBUG3 writes ports and process numbers: five and six digits are looked for elsewhere.
SSHD_LOG = pathlib.Path('/var/log/sshd.log')
SYSLOG = pathlib.Path('/var/log/syslog')

pytestmark = pytest.mark.closing


def finds(secrets, text):
    """What of the secrets is in these bytes: letters and digits as whole words, the rest anywhere."""
    words = set(re.findall(rb'[0-9A-Za-z]+', text))
    found = set()
    for value, kind in secrets:
        bare = re.sub(r'[-+ ]', '', value)
        national = bare[1:] if value.startswith('+1') else bare
        if value.encode() in (words if value.isalnum() else text) or {bare.encode(), national.encode()} & words:
            found.add(f'{kind} {value}')
    return found


@pytest.fixture(name='secrets', scope='module')
def fixture_secrets(host):
    """At least one of each kind, also when this file runs alone. The host's state is what these people left."""
    for way in ('text', 'voice', 'app'):
        enrol(host, host.person('last'), way)
    return host.secrets.items()


def long_ones(secrets):
    return [(value, kind) for value, kind in secrets if len(value) > 6]


def test_what_is_looked_for_would_be_found(host, secrets):
    """The outbox holds codes and numbers: that is its purpose, and proves the search."""
    outbox = OUTBOX.read_bytes()
    found = finds(secrets, outbox)
    kinds = {entry.rpartition(' ')[0] for entry in found}
    assert {'text code', 'voice code', 'number'} <= kinds
    assert {kind for _, kind in secrets} >= {'password', 'app key', 'app code', 'recovery code'}


def test_no_secret_is_in_a_log(secrets):
    for log in pathlib.Path('/var/log').glob('*.log'):
        assert not finds(long_ones(secrets) if log == SSHD_LOG else secrets, log.read_bytes()), log
    ours = b'\n'.join(line for line in SYSLOG.read_bytes().splitlines() if b'pam_ssp_mfa' in line)
    assert ours.count(b'\n') > 2
    assert not finds(secrets, ours)
    assert not finds(long_ones(secrets), SYSLOG.read_bytes())


def test_no_secret_is_in_the_database_its_wal_or_its_free_pages(host, secrets):
    files = sorted(STATE.iterdir())
    assert any(file.name.endswith('-wal') and file.stat().st_size > 0 for file in files)
    for file in files:
        assert not finds(secrets, file.read_bytes()), file
    host.helper.stop()
    host.helper.start()
    for file in sorted(STATE.iterdir()):
        assert not finds(secrets, file.read_bytes()), file


def test_no_secret_was_in_a_command_line_or_an_environment(witness, secrets):
    assert any(b'ssp-mfad' in seen for seen in witness.seen)
    assert any(b'sshd' in seen for seen in witness.seen)
    assert not finds(long_ones(secrets), b'\n'.join(witness.seen))
    argv = b'\n'.join(seen for seen in witness.seen if b'ssp-mfa' in seen)
    assert not finds(secrets, argv)


def test_a_crash_leaves_no_core_file(host, secrets):
    for daemon in (host.helper, host.delivery):
        process = daemon.process
        limits = pathlib.Path('/proc', str(process.pid), 'limits').read_text(encoding='ascii')
        assert re.search(r'^Max core file size +0 +0 ', limits, re.MULTILINE)
        process.send_signal(signal.SIGABRT)
        process.wait()
        daemon.kill()
    assert not [file for folder in ('/', '/tmp', STATE) for file in pathlib.Path(folder).glob('core*')]
    host.delivery.start()
    host.helper.start()


def test_nobody_else_reads_the_state(host):
    assert (STATE.stat().st_mode & 0o777) == 0o700
    somebody = host.person('curious')
    for file in [*STATE.iterdir(), pathlib.Path('/etc/ssp-mfa/master.key')]:
        assert somebody.run('cat', file).returncode != 0
