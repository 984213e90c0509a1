"""A client of the daemons, written from ssp-mfa-protocol(7) alone: it shares no line with theirs, says whatever it is
told to say, and believes nothing."""
import itertools
import os
import socket
import struct
from contextlib import contextmanager

SIGNIN, SELF, ADMIN = (f'/run/ssp-mfa/{name}.sock' for name in ('signin', 'self', 'admin'))
DELIVERY = '/run/ssp-mfa-delivery/delivery.sock'
PATIENCE = 60  # seconds; for events, on a loaded machine

U8, U16, U32, U64, TEXT = '<B', '<H', '<I', '<Q', None
# kind, and its fields: tag, name, form, least and most bytes of a text.
BEGIN = 1, [(1, 'version', U16), (2, 'conversation', U64), (3, 'phase', U8), (4, 'uid', U32), (5, 'caller_uid', U32),
            (6, 'audit_session', U32), (7, 'name', TEXT, 1, 256), (8, 'service', TEXT, 1, 64),
            (9, 'rhost', TEXT, 0, 256), (10, 'tty', TEXT, 0, 256), (11, 'ruser', TEXT, 0, 256),
            (12, 'source', TEXT, 0, 64), (13, 'connection', TEXT, 0, 128), (14, 'has_auth_info', U8),
            (15, 'auth_info', TEXT, 0, 8192), (16, 'groups', TEXT, 0, 4096)]
ANSWER = 2, [(1, 'conversation', U64), (2, 'number', U32), (3, 'text', TEXT, 0, 512)]
LEAVE = 3, [(1, 'conversation', U64)]
REQUEST = 4, [(1, 'version', U16), (2, 'conversation', U64), (3, 'words', TEXT, 1, 4096)]
ASK = 17, [(1, 'conversation', U64), (2, 'number', U32), (3, 'echo', U8), (4, 'text', TEXT, 1, 8192)]
TELL = 18, [(1, 'conversation', U64), (2, 'number', U32), (3, 'error', U8), (4, 'text', TEXT, 1, 8192)]
VERDICT = 19, [(1, 'conversation', U64), (2, 'number', U32), (3, 'decision', U32)]
ROW = 20, [(1, 'conversation', U64), (2, 'number', U32), (3, 'pairs', TEXT, 0, 8192)]
WAIT = 21, [(1, 'conversation', U64), (2, 'number', U32)]
JUDGE = 65, [(1, 'number', U32), (2, 'version', U16), (3, 'carriage', U8), (4, 'region', TEXT, 2, 2),
             (5, 'typed', TEXT, 1, 64)]
DELIVER = 66, [(1, 'number', U32), (2, 'version', U16), (3, 'carriage', U8), (4, 'deadline', U16),
               (5, 'to', TEXT, 3, 16), (6, 'text', TEXT, 0, 640), (7, 'digits', TEXT, 0, 10), (8, 'tag', TEXT, 2, 2),
               (9, 'reference', TEXT, 32, 32), (10, 'language', TEXT, 2, 2)]
RELEASE = 67, [(1, 'number', U32)]
SURVEY = 68, [(1, 'number', U32), (2, 'version', U16)]
TRIAL = 69, [(1, 'number', U32), (2, 'version', U16), (3, 'carriage', U8), (4, 'region', TEXT, 2, 2),
             (5, 'typed', TEXT, 1, 64), (6, 'language', TEXT, 2, 2), (7, 'provider', TEXT, 0, 32)]
JUDGED = 81, [(1, 'number', U32), (2, 'usable', U8), (3, 'e164', TEXT), (4, 'reason', TEXT), (5, 'region', TEXT)]
DELIVERED = 82, [(1, 'number', U32), (2, 'handover', U8)]
HEARD = {kind: (name, fields) for name, (kind, fields) in {
    'ask': ASK, 'tell': TELL, 'verdict': VERDICT, 'row': ROW, 'wait': WAIT, 'judged': JUDGED,
    'delivered': DELIVERED}.items()}
DECISIONS = {0x5ac3a96f: 'accepted', 0x91e40d33: 'rejected', 0xe2187a5c: 'locked', 0x2f95d0e1: 'not_enrolled',
             0xc87b36b4: 'unavailable'}
_conversations = itertools.count(0x5a00000000000001)


def as_bytes(value):
    return value.encode() if isinstance(value, str) else value


def fields_of(message, values):
    """The fields as they travel, one element each: so that a test can leave one out, or say it twice."""
    found = []
    for tag, name, form, *_ in message[1]:
        value = values[name] if form is TEXT else struct.pack(form, values[name])
        value = as_bytes(value)
        found.append(bytes([tag]) + struct.pack('<H', len(value)) + value)
    return found


def payload(message, values):
    return bytes([message[0]]) + b''.join(fields_of(message, values))


def framed(content):
    return struct.pack('<H', len(content)) + content


def begin(uid, name, **changes):
    """The values of a begin; sshd's, for a person who has shown a password."""
    return {'version': 1, 'conversation': next(_conversations), 'phase': 1, 'uid': uid, 'caller_uid': 0,
            'audit_session': 0xffffffff, 'name': name, 'service': 'sshd', 'rhost': '192.0.2.7', 'tty': 'ssh',
            'ruser': '', 'source': '192.0.2.7', 'connection': f'c{next(_conversations)}', 'has_auth_info': 1,
            'auth_info': 'password\n', 'groups': struct.pack('<I', uid), **changes}


def request(*words):
    return {'version': 1, 'conversation': next(_conversations), 'words': ''.join(f'{word}\0' for word in words)}


@contextmanager
def effective(uid, gid=None, groups=()):
    """As somebody else, for the kernel's peer credentials, while this lasts."""
    if uid:
        os.setgroups(list(groups))
        os.setegid(uid if gid is None else gid)
        os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups([])


class Client:
    """One connection. `uid`: who connects; OSError when the file system does not let them."""

    def __init__(self, path, uid=0, groups=(), kind=socket.SOCK_STREAM):
        self.socket = socket.socket(socket.AF_UNIX, kind)
        try:
            with effective(uid, groups=groups):
                self.socket.connect(path)  # waits for a place in the backlog
        except OSError:
            self.socket.close()
            raise
        self.socket.settimeout(PATIENCE)
        self.received = b''

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def raw(self, data):
        """False when nobody listens any more."""
        try:
            self.socket.sendall(data)
            return True
        except (BrokenPipeError, ConnectionResetError):
            return False

    def say(self, message, values):
        return self.raw(framed(payload(message, values)))

    def _take(self, length):
        while len(self.received) < length:
            try:
                got = self.socket.recv(65536)
            except ConnectionResetError:
                got = b''
            if not got:
                return None
            self.received += got
        taken, self.received = self.received[:length], self.received[length:]
        return taken

    def hear(self):
        """The next message as ('ask', {...}), or ('closed', {})."""
        head = self._take(2)
        content = self._take(struct.unpack('<H', head)[0]) if head else None
        if content is None:
            return 'closed', {}
        name, fields = HEARD[content[0]]
        values, at = {}, 1
        for tag, field, form, *_ in fields:
            assert content[at] == tag, f'{name}: field {content[at]} where {tag} should be'
            length = struct.unpack_from('<H', content, at + 1)[0]
            value = content[at + 3:at + 3 + length]
            assert len(value) == length and (form is TEXT or struct.calcsize(form) == length)
            values[field] = value.decode() if form is TEXT else struct.unpack(form, value)[0]
            at += 3 + length
        assert at == len(content), f'{name}: something stands behind its last field'
        return name, values

    def next_question(self):
        """What is asked next, or how it ends: an ask, a verdict, or closed."""
        while True:
            name, values = self.hear()
            if name not in ('tell', 'wait', 'row'):
                return name, values

    def outcome(self):
        """"ask", "closed", or the decision of the verdict."""
        name, values = self.next_question()
        return DECISIONS[values['decision']] if name == 'verdict' else name

    def is_closed(self):
        """Whether the other end hangs up without another word."""
        return self.hear()[0] == 'closed'
