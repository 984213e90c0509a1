"""gateway.py as a process of its own, the provider files that reach it, and the phones behind it."""
import json
import pathlib
import subprocess

from kannel import end, wait_until

PROGRAM = pathlib.Path(__file__).with_name('gateway.py')
FOLDER = pathlib.Path('/run/gateway')


def provider(url, more=''):
    """A provider file for the gateway at `url`; `more`: further lines of [request]."""
    plain = 'allow_http = true\n' if url.startswith('http:') else ''
    return (f'kind = "http"\nchannels = ["text-message"]\n[request]\nurl = "{url}"\n{plain}{more}'
            'raw = "{text}"\nheaders = { To = "{to}", Content-Type = "text/plain; charset=UTF-8" }\n'
            '[[rule]]\nstatus = [202]\nmatch = "regex:^(0):"\noutcome = "accepted"\n')


class HttpGateway:
    def __init__(self, port, *certificate):
        self.port = port
        self._certificate = certificate
        self._process = None
        FOLDER.mkdir(mode=0o700, exist_ok=True)
        self.file = FOLDER / f'{port}.jsonl'

    def url(self, behaviour, host='127.0.0.1'):
        return f'{"https" if self._certificate else "http"}://{host}:{self.port}/{behaviour}'

    def start(self):
        self._process = subprocess.Popen([PROGRAM, str(self.port), self.file, *self._certificate],
                                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout.readline() == 'listening\n'

    def stop(self):
        end(self._process)
        self._process = None

    def messages(self, number):
        """All that arrived for this number (E.164), in order: to, text, path, at."""
        lines = self.file.read_text(encoding='utf-8').splitlines() if self.file.exists() else []
        return [message for line in lines if (message := json.loads(line))['to'] == number]

    def next_text(self, number, after=0):
        return wait_until(lambda: self.messages(number)[after:])[0]['text']

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *unused):
        self.stop()
