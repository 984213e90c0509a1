"""Words of SQL and of printf(3) are only words, in every text that somebody else chooses."""
import sqlite3
import subprocess

import pytest

import pam_client
from ceremonies import enrol, new_app_code
from host import STATE

pytestmark = pytest.mark.attack

SQL = "'); DROP TABLE subscriber; UPDATE subscriber SET locked=0; --"
WORDS = [SQL, '" OR ""="', "' OR 1=1 --", '%s%n%s%n%x', '%1000000d', '{to}{0}', '$1 $(id) `id`', '..', 'a/../../b', '\\']


@pytest.fixture(name='alice', scope='module')
def fixture_alice(host):
    alice = host.person('alice')
    enrol(host, alice, 'app', alice.new_key())
    pam_client.write_stack('/run/pam', 'login', 'auth required pam_ssp_mfa.so debug')
    return alice


def state():
    """The tables, and how many people there are; read as an administrator would."""
    with sqlite3.connect(f'file:{STATE}/ssp-mfa.db?mode=ro', uri=True) as database:
        tables = database.execute('SELECT name, sql FROM sqlite_schema ORDER BY name').fetchall()
        assert database.execute('PRAGMA integrity_check').fetchall() == [('ok',)]
        people = database.execute('SELECT count(*) FROM subscriber').fetchone()
    return tables, people


@pytest.mark.parametrize('word', WORDS)
def test_what_a_host_program_says_is_only_words(alice, word):
    before = state()
    items = {item: word for item in (pam_client.RHOST, pam_client.TTY, pam_client.RUSER)}
    ended = pam_client.sign_in('/run/pam', 'login', alice.name, [word, word, word], items=items)
    assert ended.code != pam_client.SUCCESS
    assert all(word not in text for _, text in ended.heard)
    assert state() == before


def test_words_of_sql_are_only_words(host, alice):
    before = state()
    for word in WORDS[:4]:
        for command in (('show', word), ('lock', word, '--reason=x'), ('unlock', alice.name, f'--reason={word}'),
                        ('reset', word, f'--reason={word}')):
            done = subprocess.run(['ssp-mfa', 'user', *command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  check=False)
            assert done.returncode in (0, 1, 2), done
        done = alice.run('ssp-mfa', 'devices', 'revoke', word)
        assert done.returncode != 0, done
    assert state() == before
    with sqlite3.connect(f'file:{STATE}/ssp-mfa.db?mode=ro', uri=True) as database:
        details = ' '.join(str(row) for row in database.execute('SELECT * FROM audit'))
    assert "DROP TABLE subscriber" in details  # it was recorded, as the text that it is
    assert pam_client.sign_in('/run/pam', 'login', alice.name, [new_app_code(host, alice)]).heard


@pytest.mark.usefixtures('alice')
def test_an_unknown_name_of_words_is_only_a_name():
    before = state()
    for word in WORDS:
        ended = pam_client.sign_in('/run/pam', 'login', word, ['000000'])
        assert ended.code != pam_client.SUCCESS and len(ended.heard) == 1, ended
    assert state() == before
