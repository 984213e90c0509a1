"""One private host for the whole run. Every file of tests begins with new state; every test has people of its
own. Everything logs all it can, and test_secrets.py, which runs last, looks through it."""
import pathlib

import pytest

from host import Host
from syslog_file import SyslogFile
from witness import Witness

LOGS = [pathlib.Path('/var/log', name) for name in ('ssp-mfad.log', 'ssp-mfa-deliveryd.log', 'syslog')]
REPORTS = pathlib.Path('/var/log/sanitizer')


@pytest.fixture(scope='session')
def witness():
    with Witness() as seen:
        yield seen


@pytest.fixture(scope='session')
def the_host(witness):
    with SyslogFile('/var/log/syslog'):
        host = Host()
        host.set_up(verbose=True)
        yield host
        host.close()


@pytest.fixture(scope='module')
def host(the_host):
    the_host.configure()
    the_host.start_over()
    return the_host


@pytest.fixture(autouse=True)
def no_sanitizer_report():
    """Fails a test in which a daemon was caught at something that C++ leaves undefined."""
    yield
    reports = sorted(REPORTS.glob('report*')) if REPORTS.exists() else []
    text = '\n'.join(report.read_text(encoding='utf-8', errors='replace') for report in reports)
    for report in reports:
        report.unlink()
    assert not reports, text


def pytest_configure(config):
    """Without -m, what takes long is left out: `make gateways` runs it."""
    config.addinivalue_line('markers', 'slow: takes long; run by `make gateways`, not by `make test`')
    config.addinivalue_line('markers', 'attack: a promise under attack, at length; run by `make attacks`')
    config.addinivalue_line('markers', 'soak: takes many minutes; run by `make soak`')
    config.addinivalue_line('markers', 'closing: looks at what all others left, so it belongs to every run')
    config.option.markexpr = config.option.markexpr or 'not slow and not attack and not soak'


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.path.name == 'test_secrets.py')


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """What the daemons and the module said last, with a failure."""
    report = (yield).get_result()
    if report.failed:
        for log in LOGS:
            if log.exists():
                lines = log.read_text(encoding='utf-8', errors='replace').splitlines()[-12:]
                report.sections.append((str(log), '\n'.join(lines)))

