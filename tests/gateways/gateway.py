"""A gateway on a loopback port: looks at each request field by field, and answers in the vendor's words. Which answer
is chosen by the number that the message goes to."""
import http.server
import json
import ssl
import subprocess
import threading
import urllib.parse

from expectations import OWN_HEADERS, difference


def make_authority(folder):
    """A throwaway authority, and a certificate of it for localhost."""
    def openssl(*words):
        subprocess.run(['openssl', *words], cwd=folder, check=True, capture_output=True)

    curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
    openssl('req', '-x509', *curve, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Throwaway authority')
    openssl('req', '-x509', *curve, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-keyout', 'localhost.key',
            '-out', 'localhost.pem', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost',
            '-addext', 'basicConstraints=critical,CA:FALSE')
    openssl('genrsa', '-out', 'application.key', '2048')
    openssl('rsa', '-in', 'application.key', '-pubout', '-out', 'application.pub')


class Request:
    """As it arrived. `headers`: names in small letters."""

    def __init__(self, handler):
        self.method = handler.command
        self.target = handler.path
        parts = urllib.parse.urlsplit(handler.path)
        self.path = urllib.parse.unquote(parts.path)
        self.query = pairs(parts.query)
        self.headers = {name.lower(): value for name, value in handler.headers.items()}
        self.body = handler.rfile.read(int(self.headers.get('content-length', '0')))

    @property
    def content(self):
        """The body, by its content type."""
        kind = self.headers.get('content-type', '').split(';')[0]
        text = self.body.decode()
        if kind == 'application/x-www-form-urlencoded':
            return pairs(text)
        if kind in ('application/json', 'application/x-amz-json-1.0'):
            return json.loads(text)
        return text


def pairs(text):
    """Of a query or form; a name that comes twice is a fault."""
    found = urllib.parse.parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text))
    if len(dict(found)) != len(found):
        raise ValueError('a name comes twice')
    return dict(found)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *_):
        pass

    def do_any(self):
        answer = self.server.gateway.answer(Request(self))
        self.close_connection = True
        if answer is None:
            return
        body = answer.body.encode() if isinstance(answer.body, str) else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        self.send_header('Content-Type', answer.content_type)
        self.send_header('Content-Length', str(len(body)))
        self.send_header('Connection', 'close')
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = do_any


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True

    def handle_error(self, *_):
        """A client that goes is no fault; what a request lacks is in the gateway's list."""


class Gateway:
    """One preset's. `cases`: number -> its Case; `messages`: number -> its Message."""

    def __init__(self, preset, authority):
        self.preset = preset
        self.cases, self.messages, self.calls = {}, {}, {}
        self.faults = {}     # number -> what was wrong with its request
        self.requests = {}   # number -> how many came
        self.strays = []     # what belongs to no number
        self.lock = threading.Lock()
        self.server = Server(('127.0.0.1', 0), Handler)
        self.server.gateway = self
        if preset.origin.startswith('https:'):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(authority / 'localhost.pem', authority / 'localhost.key')
            # The handshake is the handler's thread's: a slow client must not stop the others.
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                     do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, kwargs={'poll_interval': 0.05}, daemon=True).start()

    @property
    def port(self):
        return self.server.server_address[1]

    def answer(self, request):
        try:
            if self.preset.status is not None and self.preset.status.is_asked(request):
                return self.answer_about_a_call(request)
            return self.answer_a_message(request)
        except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
            with self.lock:
                self.strays.append(f'{request.method} {request.path}: {error!r}')
            return None

    def answer_a_message(self, request):
        number = self.preset.number(request)
        number = number if number.startswith('+') else '+' + number
        fault = self.fault(request, self.preset.expected(self.messages[number]))
        with self.lock:
            self.requests[number] = self.requests.get(number, 0) + 1
            if fault:
                self.faults[number] = fault
        return self.cases[number].answer

    def answer_about_a_call(self, request):
        call = self.preset.status.call_of(request)
        fault = self.fault(request, self.preset.status.expected(call))
        with self.lock:
            if fault:
                self.strays.append(f'asking how the call goes on: {fault}')
        return self.preset.status.answer(self.calls[call])

    @staticmethod
    def fault(request, wanted):
        """`wanted`: method, path, query, headers beyond those of any client, content."""
        got = {'method': request.method, 'path': request.path, 'query': request.query,
               'headers': {name: value for name, value in request.headers.items() if name not in OWN_HEADERS},
               'type': request.headers.get('content-type', ''), 'content': request.content}
        return difference(got, {'query': {}, **wanted}, request)

    def close(self):
        self.server.shutdown()
        self.server.server_close()
