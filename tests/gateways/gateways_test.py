#!/usr/bin/python3
"""Each preset of conf/providers.d, as it is shipped, against a gateway written from its vendor's documents.

gateways_test.py DELIVERYD PROVIDERS_D [PRESET...]

ssp-mfa-deliveryd itself is asked, over its socket. Of a preset only the host and port of its URLs, the files of its
secrets and ca_file are changed. All answers of a vendor are asked for at once, each by a number of its own, so that no
answer changes what is done about the next. Says TAP.
"""
import concurrent.futures
import pathlib
import re
import shutil
import stat
import sys
import tempfile
import tomllib

import delivery_daemon
import gateway
import tap
import wire
from vendor import EVERYWHERE, Case
from vendors import aws, own, plivo, sinch, telnyx, twilio, vonage

TEXT = 'K7 123456 is "your" <code> & {to} {{x}} \\ %41+b=ü.\n\n@bastion.example.org #123456'
# Presets that are tested where what they need is: the outbox and the example of a command with the daemon
# (tests/unit/delivery), the trunk with real callees (tests/calls), gammu beside this file.
ELSEWHERE = {'outbox', 'gateway', 'sip-trunk', 'gammu'}
PATIENCE = 60  # seconds that everything may take, on a machine that is busy with other things


def rewritten(text, origin, port, folder, authority):
    """The preset, with the test's host, port, secrets and authority."""
    scheme = origin.partition(':')[0]
    here = f'https://localhost:{port}' if scheme == 'https' else f'http://127.0.0.1:{port}'
    text = re.sub(rf'(?m)^(url = "){re.escape(origin)}/', rf'\g<1>{here}/', text)
    text = text.replace('/etc/ssp-mfa/secrets/', f'{folder}/secrets/')
    if scheme == 'https':
        text = text.replace('[request]\n', f'[request]\nca_file = "{authority}/ca.pem"\n', 1)
    return text


def urls(text):
    table = tomllib.loads(text)
    return [table['request']['url']] + ([table['status']['url']] if 'status' in table else [])


def make_message(preset, place):
    message = wire.Message(preset.channel, f'+1205555{100 + place:04}', reference=f'{place:032x}',
                           language='fr' if place % 2 else 'en')
    if preset.channel == 'text-message':
        message.text = TEXT
    else:
        message.digits = '54321'
    return message


class Run:
    """One preset: its gateway, its daemon, and all messages at once."""

    def __init__(self, preset, program, presets, authority):
        self.preset, self.program, self.authority = preset, program, authority
        self.text = preset.change((presets / f'{preset.file}.toml').read_text(encoding='ascii'))
        self.results = tap.Results()
        self.gateway = gateway.Gateway(preset, authority)
        self.messages, self.cases, self.words = [], [], {}
        self.add(Case('a message that is taken', preset.accepted('id-0'), 'accepted'))
        for case in [*preset.cases, *(case for case in EVERYWHERE if not self.overruled(case))]:
            self.add(case)
        for word in preset.status.words if preset.status else []:
            message = self.add(Case(f'a call that is {word}', None, 'accepted'))
            call = preset.ids(message) if preset.ids else f'id-{len(self.cases)}'
            self.cases[-1].answer = preset.accepted(call)
            self.gateway.calls[call] = word
            self.words[len(self.cases)] = word
        for call in ('id-0', *(f'{place:032x}' for place in range(100))) if preset.status else ():
            self.gateway.calls.setdefault(call, next(iter(preset.status.words)))

    def overruled(self, case):
        """By a rule of this vendor for the same HTTP status, whatever the body is."""
        table = tomllib.loads(self.text)
        return case.answer is not None and any(
            'match' not in rule and case.answer.status in rule.get('status', []) and rule['outcome'] != case.outcome
            for rule in table.get('rule', []))

    def add(self, case):
        message = make_message(self.preset, len(self.cases))
        self.messages.append(message)
        self.cases.append(case)
        self.gateway.messages[message.to] = message
        self.gateway.cases[message.to] = case
        return message

    def check(self, sentence, fault):
        self.results.check(f'{self.preset.name}: {sentence}', fault)

    def run(self):
        with tempfile.TemporaryDirectory(prefix='gateways-') as folder:
            daemon = delivery_daemon.Daemon(
                self.program, folder, {f'{self.preset.name}.toml': rewritten(
                    self.text, self.preset.origin, self.gateway.port, folder, self.authority)}, self.preset.secrets)
            try:
                self.ask(daemon)
                self.check('the daemon ends as it is told to', '' if daemon.stop() == 0 else daemon.log)
                self.look_for_secrets(daemon.log)
            finally:
                daemon.stop()
                self.gateway.close()
        return self.results.lines

    def ask(self, daemon):
        wrong = [url for url in urls(self.text) if not url.startswith(self.preset.origin + '/')]
        self.check('it asks the vendor\'s own host', f'not {wrong}' if wrong else '')
        connection = wire.Connection(daemon.socket)
        try:
            connection.send(self.messages)
            connection.wait(lambda: len(connection.outcomes) == len(self.messages), PATIENCE)
            told = connection.wait(lambda: self.words.keys() <= connection.progress.keys(), PATIENCE)
        except OSError as error:
            self.check('the daemon answers', f'{error}\n{daemon.log}')
            return
        finally:
            connection.close()
        for number, (case, message) in enumerate(zip(self.cases, self.messages), 1):
            self.check(f'{case.sentence}: {case.outcome}', self.fault_of(number, case, message, connection, daemon))
        for number, word in self.words.items():
            got = connection.progress.get(number, [])
            wanted = self.preset.status.words[word]
            self.check(f'a call that is {word} is told as {wanted}',
                       '' if told and got[-1:] == [wanted] else f'told as {got}')
        self.check('nothing else was asked', '\n'.join(self.gateway.strays))

    def fault_of(self, number, case, message, connection, daemon):
        got = connection.outcomes.get(number)
        if got is None:
            return f'no outcome\n{daemon.log[-2000:]}'
        if message.to not in self.gateway.requests:
            return f'{got}, and the gateway was not asked\n{daemon.log[-2000:]}'
        if message.to in self.gateway.faults:
            return self.gateway.faults[message.to]
        said = '\n'.join(line for line in daemon.log.splitlines() if message.reference in line)
        if got != case.outcome:
            return f'came out as {got}\n{said}'
        return '' if f', code {case.code[:40]}' in said or not case.code else f'says no {case.code}\n{said}'

    def look_for_secrets(self, log):
        secrets = ['123456', '54321', '5, 4, 3', *(message.to[2:] for message in self.messages),
                   *(word for text in self.preset.secrets.values() for word in text.split() if len(word) > 6)]
        found = [secret for secret in secrets if secret in log]
        self.check('no code, number or secret is in the log', f'found {found}' if found else '')


def stock(authority):
    """Every preset that has a vendor here."""
    presets = [preset for module in (twilio, vonage, plivo, sinch, telnyx, aws, own) for preset in module.PRESETS]
    return [preset(authority) if callable(preset) else preset for preset in presets]


def main():
    program, folder = (pathlib.Path(word).resolve() for word in sys.argv[1:3])
    only = set(sys.argv[3:])
    results = tap.Results()
    authority = pathlib.Path(tempfile.mkdtemp(prefix='gateways-authority-'))
    try:
        gateway.make_authority(authority)
        delivery_daemon.give_away(authority, 0o750)
        delivery_daemon.give_away(authority / 'ca.pem', stat.S_IRUSR | stat.S_IRGRP)
        presets = stock(authority)
        shipped = {path.stem for path in folder.glob('*.toml')}
        here = {preset.file for preset in presets}
        results.check('every preset that is shipped has a gateway here, and the other way round',
                      ', '.join(sorted((shipped - ELSEWHERE) ^ here)))
        runs = [Run(preset, str(program), folder, authority) for preset in presets if not only or preset.name in only]
        with concurrent.futures.ThreadPoolExecutor(max_workers=6) as pool:
            for lines in pool.map(Run.run, runs):
                results.lines += lines
    finally:
        shutil.rmtree(authority)
    return 1 if results.say() else 0


if __name__ == '__main__':
    sys.exit(main())
