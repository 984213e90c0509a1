"""An account of the private host, with what its owner has: password, telephone, keys, app."""
import os
import pathlib
import secrets
import shutil
import subprocess

KEYS = pathlib.Path('/run/keys')


class Person:
    def __init__(self, name, uid, number):
        self.name = name
        self.uid = uid
        self.number = number
        self.password = f'Correct-Horse-{secrets.token_hex(6)}'
        self.home = pathlib.Path('/home') / name

    @property
    def typed_number(self):
        """As a person types it: 205 555 0123."""
        digits = self.number[2:]
        return f'{digits[:3]} {digits[3:6]} {digits[6:]}'

    def new_key(self, label='key', kind='ed25519'):
        """A new SSH key that sshd accepts for this person; the path of its private half."""
        KEYS.mkdir(mode=0o755, exist_ok=True)
        path = KEYS / f'{self.name}-{label}'
        subprocess.run(['ssh-keygen', '-q', '-t', kind, '-N', '', '-C', label, '-f', path], check=True)
        self.authorize(path.with_name(path.name + '.pub').read_text(encoding='ascii'))
        return path

    def authorize(self, line):
        folder = self.home / '.ssh'
        folder.mkdir(mode=0o700, exist_ok=True)
        with (folder / 'authorized_keys').open('a', encoding='ascii') as keys:
            keys.write(line)
        for path in (folder, folder / 'authorized_keys'):
            os.chown(path, self.uid, self.uid)

    def run(self, *command, **options):
        """Runs a command as this person, without a terminal."""
        return subprocess.run(['setpriv', '--reuid', str(self.uid), '--regid', str(self.uid), '--init-groups',
                               *map(str, command)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False, cwd='/', env={'PATH': '/usr/bin:/bin', 'HOME': str(self.home),
                                                         'LANG': 'C.UTF-8'}, **options)


def app_code(base32_key, at='now'):
    """What an authenticator app shows. The key goes through standard input, not the command line."""
    done = subprocess.run(['oathtool', '--totp', '--base32', '--now', at, '-'], input=base32_key + '\n',
                          capture_output=True, text=True, check=True)
    return done.stdout.strip()
