"""A pytest plugin, for one run on several private hosts: each file of tests runs on the host that claims it first;
so does each test that takes long.

What is marked `closing` looks at what all others left on its host, so it is nobody's and runs on each.
"""
import hashlib
import os
import pathlib

import pytest

CLAIMS = pathlib.Path(os.environ['SSP_CLAIMS'])
# A long file that comes last keeps one host at work while the others are idle.
LONGEST = ('test_spoken_call.py', 'test_storm.py', 'test_hostile_gateway.py', 'test_never_sent.py',
           'test_telling_the_owner.py', 'test_crowds.py', 'test_power_cut.py', 'test_killed_in_the_middle.py',
           'test_on_a_host.py', 'test_wrong_codes.py')
_ours = {}


def is_ours(item):
    """Claims a test that takes long by itself, and any other together with its file."""
    long = item.get_closest_marker('slow') or (item.get_closest_marker('attack') and item.path.name in LONGEST)
    name = hashlib.sha256((item.nodeid if long else item.path.name).encode()).hexdigest()
    if name not in _ours:
        try:
            (CLAIMS / name).touch(exist_ok=False)
            _ours[name] = True
        except FileExistsError:
            _ours[name] = False
    return _ours[name]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item):
    """Passes over a test of another host's as if it had been run."""
    if not item.get_closest_marker('closing') and not is_ours(item):
        return True
    # pytest kept what the test that was passed over would have needed.
    item.session._setupstate.teardown_exact(item)
    return None
