"""A SIP server that does one thing, as sipp plays it: refuses, rings, asks for credentials, answers."""
import hashlib
import pathlib
import re
import subprocess
import time

HEADERS = '''\
[last_Via:]
[last_From:]
[last_To:]{tag}
[last_Call-ID:]
[last_CSeq:]
{more}Content-Length: {length}

{body}'''
SOUND = '''\
v=0
o=server 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000
'''
CONTACT = 'Contact: <sip:[local_ip]:[local_port];transport=[transport]>\n'
REALM, NONCE = 'trunk.test', '00112233445566778899aabbccddeeff'


def receive(request, inside=''):
    return f'<recv request="{request}" crlf="true">{inside}</recv>'


def send(status, words, more='', tag='t', body=''):
    tag = f';tag=[pid]{tag}[call_number]' if tag else ''
    length = '[len]' if body else '0'
    text = f'SIP/2.0 {status} {words}\n' + HEADERS.format(tag=tag, more=more, length=length, body=body)
    return f'<send><![CDATA[\n{text}\n]]></send>'


def pause(milliseconds):
    return f'<pause milliseconds="{milliseconds}"/>'


def refuses(status, words, more=''):
    """An answer to INVITE that is final."""
    return [receive('INVITE'), send(status, words, more), receive('ACK')]


def rings():
    return [receive('INVITE'), send(180, 'Ringing', CONTACT)]


def rings_until_cancelled():
    """487 belongs to the INVITE, so its CSeq is written out: ours is the first of its call."""
    terminated = send(487, 'Request Terminated').replace('[last_CSeq:]', 'CSeq: [$sequence] INVITE')
    remember = ('<action><ereg regexp="[0-9]+" search_in="hdr" header="CSeq:" assign_to="sequence"/></action>')
    return [receive('INVITE', remember), send(180, 'Ringing', CONTACT), receive('CANCEL'),
            send(200, 'OK'), terminated, receive('ACK')]


def answers(meanwhile=()):
    """Rings, answers, does what comes `meanwhile`, and waits for the caller to hang up."""
    return [send(180, 'Ringing', CONTACT), pause(200),
            send(200, 'OK', CONTACT + 'Content-Type: application/sdp\n', body=SOUND), receive('ACK'), *meanwhile,
            receive('BYE'), send(200, 'OK', tag='')]


def receive_and_remember():
    """INVITE, for a request of our own in the same dialogue later."""
    remember = ''.join(f'<ereg regexp="[^ ].*" search_in="hdr" header="{name}:" assign_to="{name}"/>'
                       for name in ('From', 'To'))
    return receive('INVITE', f'<action>{remember}</action>')


def press_by_info(body, kind):
    """What some PBXs send when a key is pressed; after receive_and_remember()."""
    request = ('INFO sip:ssp-mfa@[remote_ip]:[remote_port] SIP/2.0\n'
               'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n'
               'From: [$To];tag=[pid]t[call_number]\nTo: [$From]\nCall-ID: [call_id]\nCSeq: 1 INFO\n'
               f'Max-Forwards: 70\n{CONTACT}Content-Type: {kind}\nContent-Length: [len]\n\n{body}')
    return [f'<send retrans="500"><![CDATA[\n{request}\n]]></send>', '<recv response="200"/>']


def challenge(request, status):
    """Refuses `request` until it has credentials: 401 of a server, 407 of a proxy."""
    header = {401: 'WWW-Authenticate', 407: 'Proxy-Authenticate'}[status]
    asked = f'{header}: Digest realm="{REALM}", nonce="{NONCE}", algorithm=MD5, qop="auth"\n'
    steps = [receive(request), send(status, 'Credentials please', asked, tag='a')]
    return steps + ([receive('ACK')] if request == 'INVITE' else [])


def either(steps, other_steps):
    """For a server that meets two dialogues: one begins as `steps` do, one as `other_steps`."""
    first = steps[0].replace('<recv ', '<recv optional="true" next="one" ', 1)
    return [first, other_steps[0], *other_steps[1:-1], other_steps[-1].replace('<send>', '<send next="end">', 1),
            '<label id="one"/>', *steps[1:], '<label id="end"/>']


class SippCallee:
    """Plays `steps` once for each of `dialogues`, at `port` of 127.0.0.1, or of ::1."""

    def __init__(self, folder, port, steps, tcp=False, dialogues=1, address='127.0.0.1'):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        self.port, self.tcp, self.dialogues, self.address = port, tcp, dialogues, address
        self._process = None
        (self.folder / 'scenario.xml').write_text(
            '<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario name="server">\n' + '\n'.join(steps) +
            ''.join(f'\n<Reference variables="{name}"/>' for name in ('sequence', 'From', 'To')
                    if f'assign_to="{name}"' in ''.join(steps)) + '\n</scenario>\n',
            encoding='latin-1')

    def __enter__(self):
        with (self.folder / 'log').open('wb') as log:
            self._process = subprocess.Popen(
                ['/usr/bin/sipp', '-sf', 'scenario.xml', '-i', self.address, '-p', str(self.port), '-m', str(self.dialogues), '-nostdin',
                 '-mp', str(self.port + 4), '-cp', str(self.port + 8), '-t', 't1' if self.tcp else 'u1',
                 '-trace_msg', '-message_file', 'messages', '-trace_err', '-error_file', 'errors'],
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        end = time.monotonic() + 10
        while not self._listens():
            if time.monotonic() > end or self._process.poll() is not None:
                raise RuntimeError((self.folder / 'log').read_text(errors='replace'))
            time.sleep(0.02)
        return self

    def __exit__(self, *_):
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def _listens(self):
        six = ':' in self.address
        table = pathlib.Path('/proc/net', ('tcp' if self.tcp else 'udp') + '6' * six).read_text(encoding='ascii')
        address = '00000000000000000000000001000000' if six else '0100007F'
        return f'{address}:{self.port:04X} ' in table

    def done(self, within=10):
        """Whether every step happened, in order."""
        try:
            return self._process.wait(within) == 0
        except subprocess.TimeoutExpired:
            return False

    def messages(self):
        return (self.folder / 'messages').read_text(encoding='latin-1')

    def credentials_are_right(self, method, user, password, header='Proxy-Authorization'):
        """Whether the last `header` of a `method` request proves the password (RFC 2617, 3.2.2)."""
        requests = re.findall(rf'(?s)\n({method} sip:.*?\r?\n\r?\n)', self.messages())
        digests = [re.search(rf'(?m)^{header}: Digest (.*?)\r?$', request) for request in requests]
        digests = [found.group(1) for found in digests if found]
        if not digests:
            return False
        said = dict(re.findall(r'(\w+)="?([^",]*)"?', digests[-1]))
        ha1 = hashlib.md5(f'{user}:{REALM}:{password}'.encode()).hexdigest()
        ha2 = hashlib.md5(f'{method}:{said["uri"]}'.encode()).hexdigest()
        middle = f'{said["nc"]}:{said["cnonce"]}:{said["qop"]}'
        right = hashlib.md5(f'{ha1}:{NONCE}:{middle}:{ha2}'.encode()).hexdigest()
        return said['username'] == user and said['nonce'] == NONCE and said['response'] == right
