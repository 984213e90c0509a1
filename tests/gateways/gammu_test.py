#!/usr/bin/python3
"""The preset gammu and its program: what lies in the outbox of gammu-smsd afterwards. Written from
gammu-smsd-files(7): OUT<priority><date>_<time>_<serial>_<recipient>_<note>.txt, in Unicode with its mark. Says TAP.

gammu_test.py DELIVERYD PROVIDERS_D PROGRAMS
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import delivery_daemon
import tap
import wire

TEXT = 'K7 123456 is "your" code & ü.\n\n@bastion.example.org #123456'
NAME = r'OUTA\d{8}_\d{6}_00_\+12055550123_[0-9a-f]{32}\.txt'


def main():
    program, presets, programs = (pathlib.Path(word).resolve() for word in sys.argv[1:])
    results = tap.Results()
    with tempfile.TemporaryDirectory(prefix='gateways-') as folder:
        outbox = pathlib.Path(folder) / 'outbox'
        outbox.mkdir()
        delivery_daemon.give_away(outbox, 0o770)
        script = pathlib.Path(folder) / 'send-by-gammu'
        script.write_text((programs / 'send-by-gammu').read_text(encoding='utf-8'), encoding='utf-8')
        delivery_daemon.give_away(script, 0o750)
        text = (presets / 'gammu.toml').read_text(encoding='ascii')
        text = text.replace('/usr/libexec/ssp-mfa/send-by-gammu', str(script)).replace('/run/gammu-outbox', str(outbox))
        daemon = delivery_daemon.Daemon(str(program), folder, {'gammu.toml': text}, {})
        try:
            good = wire.Message('text-message', '+12055550123', TEXT)
            results.check('a message is laid into the outbox: accepted', fault(ask(daemon, good), 'accepted', daemon))
            results.check('its file is what gammu-smsd reads, and only the group may read it', laid(outbox))
            delivery_daemon.give_away(outbox, 0o550)
            other = wire.Message('text-message', '+12055550124', TEXT, reference='b' * 32)
            results.check('an outbox that cannot be written: retry', fault(ask(daemon, other), 'retry', daemon))
            results.check('it says what is wrong with a call: bad-number', '' if call(script) == 65 else 'it did not')
        finally:
            daemon.stop()
            outbox.chmod(0o700)
    return 1 if results.say() else 0


def call(script):
    """The exit status of the program when it is asked to make a call."""
    message = {'to': '+12055550123', 'channel': 'voice-call', 'text': '', 'speech': '54321', 'tag': 'K7',
               'reference': 'a'}
    return subprocess.run([script, '/nonexistent'], input=json.dumps(message), text=True, check=False).returncode


def ask(daemon, message):
    connection = wire.Connection(daemon.socket)
    connection.send([message])
    connection.wait(lambda: connection.outcomes, 30)
    connection.close()
    return connection.outcomes.get(1)


def fault(got, wanted, daemon):
    return '' if got == wanted else f'came out as {got}\n{daemon.log}'


def laid(outbox):
    files = list(outbox.iterdir())
    if len(files) != 1 or not re.fullmatch(NAME, files[0].name):
        return f'holds {[file.name for file in files]}'
    if files[0].stat().st_mode & 0o777 != 0o640:
        return f'has the mode {files[0].stat().st_mode:o}'
    return '' if files[0].read_bytes().decode('utf-16') == TEXT else f'says {files[0].read_bytes()}'


if __name__ == '__main__':
    sys.exit(main())
