"""The side of ssp-mfad on the delivery socket, for a test: protocol/delivery_message.h and tlv.h, in Python."""
import dataclasses
import socket
import struct
import time

OUTCOMES = {1: 'accepted', 2: 'queued', 3: 'bad-number', 4: 'retry', 5: 'credentials', 6: 'configuration', 7: 'unknown'}
PROGRESS = {1: 'calling', 2: 'ringing', 3: 'answered', 4: 'speaking', 5: 'played', 6: 'no-key', 7: 'hung-up', 8: 'busy',
            9: 'no-answer', 10: 'refused', 11: 'failed'}
ENDS = {'played', 'no-key', 'hung-up', 'busy', 'no-answer', 'refused', 'failed'}
DELIVER, RELEASE, DELIVERED, CALLED = 66, 67, 82, 83
CARRIAGE = {'text-message': 1, 'voice-call': 2}


@dataclasses.dataclass
class Message:
    """What a provider is asked to carry. `deadline` in seconds."""
    channel: str
    to: str
    text: str = ''
    digits: str = ''
    tag: str = 'K7'
    reference: str = 'aabbccddeeff00112233445566778899'
    language: str = 'en'
    deadline: int = 20


def field(tag, value):
    return struct.pack('<BH', tag, len(value)) + value


def frame(kind, number, *fields):
    payload = bytes([kind]) + field(1, struct.pack('<I', number)) + b''.join(fields)
    return struct.pack('<H', len(payload)) + payload


def deliver(number, message):
    texts = [message.to, message.text, message.digits, message.tag, message.reference, message.language]
    return frame(DELIVER, number, field(2, struct.pack('<H', 1)), field(3, bytes([CARRIAGE[message.channel]])),
                 field(4, struct.pack('<H', message.deadline)),
                 *(field(5 + place, text.encode()) for place, text in enumerate(texts)))


class Connection:
    """To a daemon that serves this user. Gathers what it says."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(str(path))
        self.received = b''
        self.outcomes = {}   # request number -> outcome
        self.progress = {}   # request number -> [progress, ...]

    def send(self, messages):
        """All at once, as request numbers 1, 2, 3, ..."""
        self.socket.sendall(b''.join(deliver(number, message) for number, message in enumerate(messages, 1)))

    def release(self, number):
        self.socket.sendall(frame(RELEASE, number))

    def wait(self, done, seconds):
        """Until done() is true. False: it never was."""
        end = time.monotonic() + seconds
        while not done():
            left = end - time.monotonic()
            if left <= 0:
                return False
            self.socket.settimeout(left)
            try:
                got = self.socket.recv(65536)
            except TimeoutError:
                return False
            if not got:
                return done()
            self.received += got
            self.take_frames()
        return True

    def take_frames(self):
        while len(self.received) >= 2:
            length, = struct.unpack('<H', self.received[:2])
            if len(self.received) < 2 + length:
                return
            payload, self.received = self.received[2:2 + length], self.received[2 + length:]
            kind, number, value = payload[0], struct.unpack('<I', payload[4:8])[0], payload[-1]
            if kind == DELIVERED:
                self.outcomes[number] = OUTCOMES[value]
            elif kind == CALLED:
                self.progress.setdefault(number, []).append(PROGRESS[value])
            else:
                raise AssertionError(f'the daemon said a message of the kind {kind}')

    def close(self):
        self.socket.close()
