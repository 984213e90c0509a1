"""One conversation with ssp-mfad, as the module or the command has it (ssp-mfa-protocol(7))."""
import os
import socket
import struct

BEGIN, ANSWER, LEAVE, REQUEST, ASK, TELL, VERDICT, ROW, WAIT = 1, 2, 3, 4, 17, 18, 19, 20, 21
VERDICTS = {0x5AC3A96F: 'accepted', 0x91E40D33: 'rejected', 0xE2187A5C: 'locked', 0x2F95D0E1: 'not enrolled',
            0xC87B36B4: 'unavailable'}


class Gone(Exception):
    """The helper ended the conversation without a verdict: what became of the last answer is not known."""


def field(tag, value):
    return struct.pack('<BH', tag, len(value)) + value


def frame(kind, *fields):
    payload = bytes([kind]) + b''.join(field(tag, value) for tag, value in fields)
    return struct.pack('<H', len(payload)) + payload


def fields_of(payload):
    at, found = 1, {}
    while at < len(payload):
        tag, length = struct.unpack_from('<BH', payload, at)
        found[tag] = payload[at + 3:at + 3 + length]
        at += 3 + length
    return found


class Conversation:
    """Hears until the helper asks (`asked` is the prompt) or has decided (`verdict`); then the caller says something."""

    def __init__(self, path, first, patience=30):
        self._number = os.urandom(8)
        self._received = b''
        self._ask = None
        self.asked = None
        self.verdict = None
        self.said = ''
        self.rows = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(patience)
        try:
            self._socket.connect(str(path))
            self._send(first(self._number))
            self._hear()
        except BaseException:
            self._socket.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def _send(self, data):
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise Gone(str(error)) from error

    def _payload(self):
        while True:
            if len(self._received) >= 2:
                length = struct.unpack_from('<H', self._received)[0]
                if len(self._received) >= 2 + length:
                    payload, self._received = self._received[2:2 + length], self._received[2 + length:]
                    return payload
            try:
                more = self._socket.recv(65536)
            except OSError as error:
                raise Gone(str(error)) from error
            if not more:
                raise Gone('hung up')
            self._received += more

    def _hear(self):
        self.asked = None
        while True:
            payload = self._payload()
            found = fields_of(payload)
            if payload[0] == ASK:
                self._ask, self.asked = found[2], found[4].decode()
                self.said += self.asked
                return
            if payload[0] == TELL:
                self.said += found[4].decode() + '\n'
            elif payload[0] == ROW:
                words = found[3].decode().split('\0')[:-1]
                self.rows.append(dict(zip(words[::2], words[1::2])))
            elif payload[0] == VERDICT:
                self.verdict = VERDICTS[struct.unpack('<I', found[3])[0]]
                return

    def answer(self, text):
        """Returns the next prompt; None when it was decided."""
        self._send(frame(ANSWER, (1, self._number), (2, self._ask), (3, text.encode())))
        self._hear()
        return self.asked


def sign_in(path, person, service='test', patience=30):
    def first(number):
        none = b''
        return frame(BEGIN, (1, struct.pack('<H', 1)), (2, number), (3, b'\1'), (4, struct.pack('<I', person.uid)),
                     (5, bytes(4)), (6, b'\xff' * 4), (7, person.name.encode()), (8, service.encode()),
                     (9, none), (10, none), (11, none), (12, none), (13, none), (14, b'\0'), (15, none), (16, none))
    return Conversation(path, first, patience)


def request(path, *words, patience=30):
    def first(number):
        text = b''.join(word.encode() + b'\0' for word in words)
        return frame(REQUEST, (1, struct.pack('<H', 1)), (2, number), (3, text))
    return Conversation(path, first, patience)
