"""A SIP server that takes no call: it answers each INVITE as it is told, and keeps what came.

    with Refuser(5100, '486 Busy Here') as refuser:       # at once
    with Refuser(5100, '603 Decline', rings=True):        # after 180 Ringing
    with Refuser(5100, None, rings=True):                 # rings until the caller gives up
"""
import socket
import threading
import time


class Refuser:
    def __init__(self, port, answer, rings=False):
        self.answer, self.rings = answer, rings
        self.requests = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(('127.0.0.1', port))
        self._socket.settimeout(0.05)
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def wait_for(self, method, within=20):
        end = time.monotonic() + within
        while method not in self.requests:
            assert time.monotonic() < end, f'no {method}, but {self.requests}'
            time.sleep(0.02)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ends.set()
        self._thread.join()
        self._socket.close()

    def _serve(self):
        while not self._ends.is_set():
            try:
                data, caller = self._socket.recvfrom(65535)
            except TimeoutError:
                continue
            head = data.decode('ascii', 'replace').split('\r\n\r\n')[0].split('\r\n')
            method = head[0].split(' ')[0]
            self.requests.append(method)
            if method == 'INVITE':
                if self.rings:
                    self._say(head, '180 Ringing', caller)
                if self.answer:
                    self._say(head, self.answer, caller)
            elif method == 'CANCEL':
                self._say(head, '200 OK', caller)
                invite = [line.replace('CANCEL', 'INVITE') if line.startswith('CSeq') else line for line in head]
                self._say(invite, '487 Request Terminated', caller)
            elif method != 'ACK':
                self._say(head, '200 OK', caller)

    def _say(self, request, status, caller):
        kept = [line for line in request if line.split(':')[0] in ('Via', 'From', 'Call-ID', 'CSeq')]
        to = next(line for line in request if line.startswith('To:'))
        lines = [f'SIP/2.0 {status}', *kept, to + (';tag=refuser' if 'tag=' not in to else ''), 'Content-Length: 0']
        self._socket.sendto('\r\n'.join([*lines, '', '']).encode('ascii'), caller)
