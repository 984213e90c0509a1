"""Debian, booted with systemd by systemd-nspawn from an overlay on this machine's root: real units, a real journal.

What is written in it lies in memory. It has a loopback network, sshd, and none of the machine's other services.
"""
import fcntl
import os
import pathlib
import shutil
import signal
import subprocess
import time

import namespaces

KEPT_SERVICES = ('ssh.service', 'cron.service')
GROUPS = pathlib.Path('/sys/fs/cgroup')
CGROUPS = ('payload', 'supervisor')
# What a real machine permits and nspawn does not by itself.
SANDBOXING = 'landlock_create_ruleset landlock_add_rule landlock_restrict_self'


class BootedHost:
    def __init__(self, build, folder):
        self._folder = pathlib.Path(folder)
        self._nspawn = None
        self._leader = None
        self._build = build
        self._turn = None
        self.root = self._folder / 'root'

    def __enter__(self):
        self._turn = os.open(GROUPS, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(self._turn, fcntl.LOCK_EX)  # its control groups have the names of any other's
        for part in ('memory', 'root'):
            (self._folder / part).mkdir()
        namespaces.mount_memory(self._folder / 'memory', '0755')
        for part in ('upper', 'work'):
            (self._folder / 'memory' / part).mkdir()
        namespaces.mount('-t', 'overlay', '-o', f'lowerdir=/,upperdir={self._folder}/memory/upper,'
                         f'workdir={self._folder}/memory/work', 'overlay', self.root)
        self._strip()
        namespaces.install(self._build, self.root)
        self._boot()
        return self

    def _strip(self):
        """Makes a new machine of it: no service but ssh and cron, no identity, nobody's files in /root."""
        for wants in (self.root / 'etc/systemd/system').glob('*.target.wants'):
            for unit in wants.iterdir():
                if unit.name not in KEPT_SERVICES:
                    unit.unlink()
        for script in (self.root / 'etc').glob('rc[0-9].d/S*'):
            script.unlink()
        # A first boot would enable them all again; some wait for a network or a modem, which this machine has not.
        presets = self.root / 'etc/systemd/system-preset'
        presets.mkdir(exist_ok=True)
        (presets / '00-nothing.preset').write_text('disable *\n', encoding='ascii')
        for generator in (self.root / 'usr/lib/systemd/system-generators').iterdir():
            if not generator.name.startswith('systemd-'):
                masked = self.root / 'etc/systemd/system-generators' / generator.name
                masked.parent.mkdir(exist_ok=True)
                masked.symlink_to('/dev/null')
        # A first boot enables every unit there is: gateways that tests install, and what waits for a network.
        presets = self.root / 'etc/systemd/system-preset'
        presets.mkdir(exist_ok=True)
        wanted = ''.join(f'enable {unit}\n' for unit in (*KEPT_SERVICES, 'ssp-mfa*'))
        (presets / '00-test.preset').write_text(f'{wanted}disable *\n', encoding='ascii')
        (self.root / 'etc/machine-id').write_text('uninitialized\n', encoding='ascii')
        (self.root / 'etc/hostname').write_text('bastion\n', encoding='ascii')
        (self.root / 'etc/hosts').write_text('127.0.0.1 localhost bastion\n', encoding='ascii')
        (self.root / 'etc/fstab').write_text('', encoding='ascii')
        (self.root / 'usr/sbin/policy-rc.d').unlink(missing_ok=True)
        namespaces.forget(str(self.root))
        shutil.rmtree(self.root / 'root', ignore_errors=True)
        (self.root / 'root').mkdir(mode=0o700)
        for old in (self.root / 'etc/ssh').glob('ssh_host_*'):
            old.unlink()
        subprocess.run(['ssh-keygen', '-A', '-f', self.root], check=True, capture_output=True)
        wanted = self.root / 'etc/systemd/system/multi-user.target.wants/ssh.service'
        wanted.parent.mkdir(exist_ok=True)
        if not wanted.is_symlink():
            wanted.symlink_to('/lib/systemd/system/ssh.service')

    def _boot(self):
        log = (self._folder / 'boot.log').open('wb')
        self._nspawn = subprocess.Popen(
            ['systemd-nspawn', '--boot', '--quiet', '--directory', self.root, '--machine=bastion', '--private-network',
             '--register=no', '--keep-unit', '--link-journal=no', '--resolv-conf=off', '--timezone=off',
             f'--system-call-filter={SANDBOXING}'],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        end = time.monotonic() + 90
        while self.say('systemctl is-system-running') not in ('running', 'degraded'):
            said = (self._folder / 'boot.log').read_text(encoding='utf-8', errors='replace')[-3000:]
            assert self._nspawn.poll() is None and time.monotonic() < end, said
            time.sleep(0.2)

    def inside(self, *command):
        """The words that run `command` in there."""
        if self._leader is None:
            children = pathlib.Path(f'/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children')
            found = [pid for pid in children.read_text(encoding='ascii').split()
                     if pathlib.Path(f'/proc/{pid}/comm').read_text(encoding='utf-8').strip() == 'systemd']
            self._leader = found[0] if found else None
        return ['nsenter', '-t', self._leader or '0', '-m', '-p', '-n', '-u', '-i', '-W/root', '--', *map(str, command)]

    def run(self, script):
        """Runs a script of the shell in there; stops at the first command that fails."""
        return subprocess.run(self.inside('sh', '-e', '-u', '-c', script), stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, check=False, env=namespaces.environment())

    def say(self, script):
        return self.run(script).stdout.strip()

    def __exit__(self, failure, *unused):
        if failure is not None:
            print(self.say('journalctl --no-pager -o short-precise -n 60'))
        if self._leader is not None:
            os.kill(int(self._leader), signal.SIGKILL)  # the first process of its namespace: the others go with it
        if self._nspawn is not None:
            self._nspawn.terminate()
            self._nspawn.wait()
        subprocess.run(['umount', '-l', self.root], check=False)
        subprocess.run(['umount', '-l', self._folder / 'memory'], check=False)
        end = time.monotonic() + 10
        while not self._cgroups_are_gone() and time.monotonic() < end:
            time.sleep(0.1)
        os.close(self._turn)

    @staticmethod
    def _cgroups_are_gone():
        """Control groups are not private to a mount namespace: nspawn's empty ones are removed."""
        left = [folder for name in CGROUPS for folder in GROUPS.glob(f'**/{name}')]
        for folder in left:
            for below, _, _ in os.walk(folder, topdown=False):
                try:
                    os.rmdir(below)
                except OSError:
                    return False
        return True
