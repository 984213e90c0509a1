"""All calls of a run are made at once, each to a callee of its own: a test says which call it judges."""
import concurrent.futures
import itertools
import pathlib
import subprocess
import tempfile

import pytest

from name_server import A, SRV, NameServer

CALLS = {}
KEY = ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256']
SECOND_SERVER, ONLY_SERVER = 6000, 6010  # where the names two.test and one.test lead


def pytest_configure(config):
    config.addinivalue_line('markers', 'slow: takes minutes')
    config.addinivalue_line('markers', 'judges(name): the call, of a function that @call decorates')


def call(scenario):
    """Decorates a function that makes a call and returns what the test wants to know; its name is the call's."""
    CALLS[scenario.__name__] = scenario
    return scenario


class Place:
    """What a call may use for itself: a folder, ports, certificates."""

    def __init__(self, folder, port, certificates):
        self.folder, self.port, self.certificates = folder, port, certificates


def make_certificates(folder):
    """Two authorities. `right` is signed for 127.0.0.1 and pbx.test, `other` for other.test."""

    def openssl(*words):
        subprocess.run(['openssl', *map(str, words)], check=True, capture_output=True, cwd=folder)

    for authority in ('ca', 'stranger'):
        openssl('req', '-x509', '-newkey', *KEY, '-nodes', '-days', 2, '-subj', f'/CN={authority}', '-keyout',
                f'{authority}.key', '-out', f'{authority}.pem')
    for name, names in {'right': 'IP:127.0.0.1,DNS:pbx.test', 'other': 'DNS:other.test,IP:192.0.2.1'}.items():
        openssl('req', '-newkey', *KEY, '-nodes', '-subj', '/CN=127.0.0.1', '-keyout', f'{name}.key', '-out',
                f'{name}.csr')
        (folder / 'names').write_text(f'subjectAltName={names}\n', encoding='ascii')
        openssl('x509', '-req', '-in', f'{name}.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', 2,
                '-extfile', 'names', '-out', f'{name}.crt')
        both = (folder / f'{name}.crt').read_bytes() + (folder / f'{name}.key').read_bytes()
        (folder / f'{name}.pem').write_bytes(both)


@pytest.fixture(scope='session')
def begun(request):
    """Begins every call that a test of this run judges."""
    marks = [item.get_closest_marker('judges') for item in request.session.items]
    wanted = sorted({mark.args[0] for mark in marks if mark})
    certificates = pathlib.Path(tempfile.mkdtemp())
    make_certificates(certificates)
    ports = itertools.count(5100, 10)
    names = NameServer({
        ('pbx.test', A): ['127.0.0.1'],
        ('_sip._tcp.two.test', SRV): [(20, 0, SECOND_SERVER, 'pbx.test'), (10, 0, 5990, 'pbx.test')],
        ('_sip._udp.one.test', SRV): [(10, 0, ONLY_SERVER, 'pbx.test')],
    })
    with names, concurrent.futures.ThreadPoolExecutor(64) as pool:
        yield {name: pool.submit(CALLS[name], Place(pathlib.Path(tempfile.mkdtemp(prefix=name + '-')), next(ports),
                                                    certificates)) for name in wanted}


@pytest.fixture
def called(request, begun):
    """What the call returned that this test judges."""
    return begun[request.node.get_closest_marker('judges').args[0]].result()
