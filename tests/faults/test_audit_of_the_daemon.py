"""What the audit trail says of the daemon itself, and what happens when nothing can be written into it."""
import contextlib
import signal
import sqlite3
import time

import client
import pytest
from house import PLAIN_BUILD, House, app_code

pytestmark = pytest.mark.skipif(PLAIN_BUILD is None, reason='needs --plain-build')


@pytest.fixture(name='house')
def fixture_house(request):
    house = House(request.node.name[5:40])
    yield house
    house.close()


def rows_of_the_daemon(house):
    with house.rows() as database:
        return database.execute("SELECT event, detail FROM audit WHERE actor = 'ssp-mfad' ORDER BY sequence").fetchall()


def wait_for_rows(house, count):
    """Nobody is told when a row of the daemon's own is written."""
    end = time.monotonic() + 60
    while len(rows_of_the_daemon(house)) < count:
        assert time.monotonic() < end and not house.has_ended(), rows_of_the_daemon(house)
        time.sleep(0.005)


def reload(house):
    before = len(rows_of_the_daemon(house))
    house.signal(signal.SIGHUP)
    wait_for_rows(house, before + 1)


def test_the_trail_has_each_start_and_stop_and_reload_and_tells_a_clean_stop_from_another(house):
    assert house.start()
    wait_for_rows(house, 1)
    reload(house)
    house.config.write_text(house.config.read_text(encoding='utf-8') + '[audit]\nkeep_days = 4000\n', encoding='utf-8')
    reload(house)
    good = house.config.read_text(encoding='utf-8')
    house.config.write_text('nonsense\n', encoding='utf-8')
    reload(house)
    house.config.write_text(good, encoding='utf-8')
    assert house.stop() == 0
    assert house.start()
    wait_for_rows(house, 6)
    reload(house)
    house.kill()
    assert house.start()
    assert house.stop() == 0
    rows = rows_of_the_daemon(house)
    assert [event for event, _ in rows] == [
        'daemon-started', 'configuration-read', 'configuration-read', 'configuration-refused', 'daemon-stopped',
        'daemon-started', 'configuration-read', 'daemon-started', 'daemon-stopped'], rows
    assert ['unclean' in detail for event, detail in rows if event == 'daemon-started'] == [False, False, True], rows
    assert [detail for event, detail in rows if event == 'configuration-read'] == [
        'nothing is new', 'something is new', 'nothing is new'], rows
    house.audit_verifies()


def test_a_start_without_a_database_has_its_row_once_there_is_one(house):
    aside = house.folder / 'aside'
    house.database.rename(aside)
    assert house.start()
    assert house.hears('STATUS=refusing')
    aside.rename(house.database)
    house.signal(signal.SIGHUP)
    wait_for_rows(house, 1)
    assert [event for event, _ in rows_of_the_daemon(house)][:1] == ['daemon-started']


@contextlib.contextmanager
def a_trail_that_takes_no_row(house):
    """Its head does not verify: nothing can follow it."""
    def write(mac):
        with contextlib.closing(sqlite3.connect(house.database, timeout=20)) as database, database:
            before = database.execute('SELECT head_mac FROM audit_head').fetchone()[0]
            database.execute('UPDATE audit_head SET head_mac = ?', (mac or bytes(len(before)),))
        return before
    before = write(None)
    yield
    write(before)


def test_without_an_audit_row_nobody_signs_in_and_the_desk_does_nothing(house):
    assert house.start()
    alice, = house.people(1)
    house.next_step(2)
    code = app_code(alice.key, house.fresh_step())
    with a_trail_that_takes_no_row(house):
        with house.sign_in(alice) as talk:
            talk.answer(code)
            assert talk.verdict == 'unavailable', talk.said
        with house.desk('user', 'lock', alice.name, '--reason=lost phone') as talk:
            assert talk.verdict == 'unavailable', talk.said
        assert any(line.startswith('alert') and 'audit trail' in line for line in house.said().splitlines()), house.said()
    with house.desk('user', 'show', alice.name) as talk:
        assert talk.verdict == 'accepted' and not talk.rows[0]['lock_reason'], talk.rows
    with house.sign_in(alice) as talk:
        talk.answer(code)
        assert talk.verdict == 'accepted', f'the code was spent without a row: {talk.said}'
    house.audit_verifies()


def test_a_changed_row_among_the_newest_is_found_at_the_start_after_an_unclean_stop(house):
    assert house.start()
    alice, = house.people(1)
    house.kill()
    with contextlib.closing(sqlite3.connect(house.database)) as database, database:
        changed = database.execute("UPDATE audit SET detail = 'forged' WHERE event = 'authenticator-bound'").rowcount
    assert changed == 1
    assert house.start()
    assert house.hears('STATUS=refusing every sign-in')
    assert 'of the audit trail was changed' in house.said() and 'ssp-mfa restore' in house.said()
    with contextlib.suppress(client.Gone), house.sign_in(alice) as talk:
        assert talk.verdict == 'unavailable'
