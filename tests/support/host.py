"""A host that was set up as docs/how-to/on-a-host.md says, on the private host of these namespaces."""
import itertools
import json
import os
import pathlib
import shutil
import subprocess

import daemons
from outbox import Outbox
from person import Person
from used_secrets import UsedSecrets

EXAMPLES = pathlib.Path('/usr/share/doc/ssp-mfa/examples')
STATE = pathlib.Path('/var/lib/ssp-mfa')
MASTER_KEY = pathlib.Path('/etc/ssp-mfa/master.key')
OUTBOX = pathlib.Path('/run/outbox/messages')
PROVIDERS = pathlib.Path('/etc/ssp-mfa/providers.d')
SECRETS = pathlib.Path('/etc/ssp-mfa/secrets')
KNOWN_HOSTS = pathlib.Path('/run/known_hosts')
LISTENING = b':0016 00000000:0000 0A'  # port 22 in /proc/net/tcp
SSHD_LOG = pathlib.Path('/var/log/sshd.log')
SUPPORT = 'Portal Support 205 555 0100'


def run(*command, **options):
    """Runs a command of the set-up; what it says is shown when it fails."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False,
                          stdin=options.pop('stdin', subprocess.DEVNULL) if 'input' not in options else None,
                          **options)
    if done.returncode != 0:
        raise RuntimeError(f'{" ".join(map(str, command))}: {done.returncode}\n{done.stdout}{done.stderr}')
    return done.stdout


def shared_library(source, file):
    """Compiles a C file of this folder into the shared library `file`, and returns its path."""
    run('clang', '-shared', '-fPIC', '-Wall', '-Werror', '-O1', '-o', file, pathlib.Path(__file__).with_name(source))
    return file


def outbox(*channels):
    """The provider file of an outbox for these channels."""
    words = ', '.join(f'"{channel}"' for channel in channels)
    return f'kind = "outbox"\nchannels = [{words}]\nfile = "{OUTBOX}"\n'


class Host:
    """sshd, the helper and the delivery daemon, with an outbox for messages."""

    def __init__(self):
        self.helper = daemons.helper()
        self.delivery = daemons.delivery()
        self.outbox = Outbox(OUTBOX)
        self.secrets = UsedSecrets()
        self.sshd = None
        self._sshd_lines = []
        self._numbers = itertools.cycle(range(100, 200))
        self._counter = itertools.count(1)

    def set_up(self, verbose=False):
        """Once: accounts, folders, PAM, sshd, configuration. `verbose`: everything logs all it can."""
        run('systemd-sysusers', 'ssp-mfa.conf')
        run('systemd-tmpfiles', '--create', 'ssp-mfa.conf')
        sanitizer_reports = pathlib.Path('/var/log/sanitizer')
        sanitizer_reports.mkdir(exist_ok=True)
        sanitizer_reports.chmod(0o1777)
        for example in (EXAMPLES / 'pam.d').iterdir():
            text = example.read_text(encoding='utf-8')
            if verbose:
                text = text.replace('pam_ssp_mfa.so', 'pam_ssp_mfa.so debug')
            pathlib.Path('/etc/pam.d', example.name).write_text(text, encoding='utf-8')
        shutil.rmtree('/etc/ssh/sshd_config.d')
        os.mkdir('/etc/ssh/sshd_config.d')
        shutil.copy('/usr/share/openssh/sshd_config', '/etc/ssh/')
        shutil.copy(EXAMPLES / 'sshd_config.d/00-ssp-mfa.conf', '/etc/ssh/sshd_config.d/')
        OUTBOX.parent.mkdir(mode=0o700)
        shutil.chown(OUTBOX.parent, 'ssp-mfa-delivery')
        self.configure()
        for old in pathlib.Path('/etc/ssh').glob('ssh_host_*'):
            old.unlink()
        run('ssh-keygen', '-A')
        host_key = pathlib.Path('/etc/ssh/ssh_host_ed25519_key.pub').read_text(encoding='utf-8')
        KNOWN_HOSTS.write_text(f'bastion,127.0.0.1 {host_key}', encoding='utf-8')
        self._sshd_lines = ['LogLevel DEBUG3'] if verbose else []
        self.start_sshd()

    def configure(self, toml='', **providers):
        """What an administrator writes into conf.d, and into the file of each provider in providers.d; takes effect
        when the daemons start or reload. Without providers: an outbox for everything."""
        pathlib.Path('/etc/ssp-mfa/conf.d/site.toml').write_text(
            f'demo = true\n{toml}\n[texts]\nsupport_contact = "{SUPPORT}"\n', encoding='utf-8')
        for old in PROVIDERS.glob('*.toml'):
            old.unlink()
        for name, text in (providers or {'outbox': outbox('text-message', 'voice-call')}).items():
            (PROVIDERS / f'{name}.toml').write_text(text, encoding='utf-8')

    @staticmethod
    def keep_secret(name, value):
        """A secret of a provider, in the file that its presets name."""
        SECRETS.mkdir(mode=0o750, exist_ok=True)
        shutil.chown(SECRETS, group='ssp-mfa-delivery')
        file = SECRETS / name
        file.touch(mode=0o640)
        shutil.chown(file, group='ssp-mfa-delivery')
        file.write_text(f'{value}\n', encoding='utf-8')

    def start_over(self):
        """New state, as after installation: nobody is enrolled. The daemons run."""
        self.helper.kill()
        self.delivery.kill()
        shutil.rmtree(STATE, ignore_errors=True)
        MASTER_KEY.unlink(missing_ok=True)
        run('systemd-tmpfiles', '--create', 'ssp-mfa.conf')
        run('ssp-mfa', 'init')
        self.outbox.clear()
        self.delivery.start()
        self.helper.start()

    def start_sshd(self, *lines):
        """Starts sshd on port 22 with further lines of configuration (before all others)."""
        self.stop_sshd()
        pathlib.Path('/etc/ssh/sshd_config.d/00-a-test.conf').write_text(
            '\n'.join([*self._sshd_lines, *lines]) + '\n', encoding='utf-8')
        run('/usr/sbin/sshd', '-t')
        self.sshd = subprocess.Popen(['/usr/sbin/sshd', '-D', '-E', SSHD_LOG], stdin=subprocess.DEVNULL)
        while LISTENING not in pathlib.Path('/proc/net/tcp').read_bytes():
            assert self.sshd.poll() is None, 'sshd did not start'

    def stop_sshd(self):
        if self.sshd is not None:
            self.sshd.terminate()
            self.sshd.wait()
            self.sshd = None

    def person(self, name):
        """A new account: its name is `name` and a number, so that nobody is met twice."""
        count = next(self._counter)
        person = Person(f'{name}{count}', uid=5000 + count, number=f'+1205555{next(self._numbers):04}')
        self.add(person)
        return person

    def add(self, person):
        """Makes the account of a person."""
        self.secrets.note('password', person.password)
        self.secrets.note('number', person.number)
        run('useradd', '-m', '-s', '/bin/bash', '-u', person.uid, person.name)
        run('chpasswd', input=f'{person.name}:{person.password}\n')

    @staticmethod
    def json(text):
        """The rows of a result of ssp-mfa --json."""
        return json.loads(text)

    def shown(self, person):
        """What the support desk sees of somebody."""
        return self.json(run('ssp-mfa', 'user', 'show', person.name, '--json'))[0]

    def close(self):
        self.stop_sshd()
        self.helper.kill()
        self.delivery.kill()
