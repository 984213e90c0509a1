"""What the PAM module and sshd say to syslog, in a file: the private host has no journal."""
import os
import pathlib
import socket
import threading


class SyslogFile:
    def __init__(self, file):
        self._file = pathlib.Path(file)
        self._socket = None

    def __enter__(self):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind('/dev/log')
        os.chmod('/dev/log', 0o666)
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def _listen(self):
        with self._file.open('ab', buffering=0) as log:
            while True:
                try:
                    log.write(self._socket.recv(65536).rstrip(b'\n\0') + b'\n')
                except OSError:
                    return

    def __exit__(self, *unused):
        self._socket.close()
        os.unlink('/dev/log')
