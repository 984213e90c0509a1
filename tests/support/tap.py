"""A pytest plugin that says TAP, for meson: pytest -p no:terminal -p tap"""
import sys

_failed = {}
_count = 0


def _say(line):
    print(line, file=sys.__stdout__, flush=True)


def pytest_collectreport(report):
    if report.failed:
        _say(f'Bail out! {report.longreprtext.splitlines()[-1] if report.longreprtext else report.nodeid}')


def pytest_collection_finish(session):
    _say(f'1..{len(session.items)}')


def pytest_runtest_logreport(report):
    global _count
    if report.failed:
        _failed[report.nodeid] = report.longreprtext
    if report.when != 'teardown':
        if report.when == 'call' or report.failed or report.skipped:
            _count += 1
            name = report.nodeid.rpartition('::')[2].removeprefix('test_').replace('_', ' ')
            skipped = ' # SKIP' if report.skipped else ''
            _say(f'{"not ok" if report.failed else "ok"} {_count} - {name}{skipped}')
            for line in _failed.pop(report.nodeid, '').splitlines():
                _say(f'# {line}')
