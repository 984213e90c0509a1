"""A DNS server for the names of a test: A and SRV records, at 127.0.0.1:53, in namespaces of its own."""
import socket
import struct
import threading

A, SRV = 1, 33


def encoded(name):
    return b''.join(bytes([len(label)]) + label.encode() for label in name.split('.')) + b'\0'


def question(query):
    """The name and the type that are asked for, and where the question ends."""
    labels, place = [], 12
    while query[place] != 0:
        labels.append(query[place + 1:place + 1 + query[place]].decode('latin-1'))
        place += query[place] + 1
    return '.'.join(labels).lower(), struct.unpack('>H', query[place + 1:place + 3])[0], place + 5


class NameServer:
    """`records`: {('sbc.test', A): ['127.0.0.1'], ('_sip._udp.sbc.test', SRV): [(priority, weight, port, target)]}.
    Other names do not exist."""

    def __init__(self, records, address='127.0.0.1'):
        self.records = records
        self.asked = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 53))

    def __enter__(self):
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._socket.close()

    def _serve(self):
        while True:
            try:
                query, client = self._socket.recvfrom(512)
                self._socket.sendto(self._answer(query), client)
            except OSError:
                return

    def _answer(self, query):
        name, kind, end = question(query)
        self.asked.append((name, kind))
        found = self.records.get((name, kind), [])
        known = any(name == other for other, _ in self.records)
        answers = b''
        for value in found:
            data = socket.inet_aton(value) if kind == A else struct.pack('>HHH', *value[:3]) + encoded(value[3])
            answers += b'\xc0\x0c' + struct.pack('>HHIH', kind, 1, 60, len(data)) + data
        flags = 0x8580 if known else 0x8583
        return query[:2] + struct.pack('>HHHHH', flags, 1, len(found), 0, 0) + query[12:end] + answers
