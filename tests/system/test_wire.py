"""What strangers say at the sockets: a client that knows ssp-mfa-protocol(7) and nothing else talks to the daemons.
After each test the database holds what it held before, the daemons are the same, and the log is readable."""
import itertools
import os
import pathlib
import pwd
import re
import socket
import sqlite3

import pytest

import wire
from host import STATE, run
from wire import ADMIN, DELIVERY, SELF, SIGNIN, Client, begin, framed, payload, request

ALICE, NUMBER = (7001, 'alice'), '+12055550123'
SUPPORT = 7100  # uid of a member of the support desk
AUDIT = {'audit', 'audit_head'}
LOGS = [pathlib.Path('/var/log', f'{name}.log') for name in ('ssp-mfad', 'ssp-mfa-deliveryd')]


def enrol(host, uid, name, number):
    """A first sign-in with a text message, in the words of the protocol. Returns the recovery codes."""
    shown = []
    with Client(SIGNIN) as module:
        said = begin(uid, name)
        assert module.say(wire.BEGIN, said)
        while True:
            kind, asked = module.hear()
            if kind == 'verdict':
                assert wire.DECISIONS[asked['decision']] == 'accepted', shown
                return re.findall(r'\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{5}\b', ''.join(shown))
            if kind in ('tell', 'wait'):
                shown.append(asked.get('text', ''))
                continue
            assert kind == 'ask', kind
            shown.append(asked['text'])
            if 'Passcode or option' in asked['text']:
                text = '1'
            elif 'Mobile phone number' in asked['text']:
                text = f'{number[2:5]} {number[5:8]} {number[8:]}'
            elif 'Verification code' in asked['text']:
                text, _ = host.outbox.text_code(number)
                host.secrets.note('text code', text)
            else:
                text = 'n' if 'Add one now' in asked['text'] or 'y or n' in asked['text'] else 'saved'
            answer(module, said, asked, text)


def answer(client, said, asked, text, **changes):
    client.say(wire.ANSWER, {'conversation': said['conversation'], 'number': asked['number'], 'text': text, **changes})


def sign_in_as_alice():
    """A conversation at its first question."""
    module = Client(SIGNIN)
    said = begin(*ALICE)
    module.say(wire.BEGIN, said)
    kind, asked = module.next_question()
    assert kind == 'ask', kind
    return module, said, asked


@pytest.fixture(name='house', scope='module')
def fixture_house(host):
    """Alice is enrolled; somebody is of the support desk."""
    run('useradd', '-u', SUPPORT, '-G', 'ssp-mfa-support', 'desk')
    for code in enrol(host, *ALICE, NUMBER):
        host.secrets.note('recovery code', code)
    yield host
    run('userdel', 'desk')


def stored():
    """All that is in the database, by table."""
    with sqlite3.connect(f'file:{STATE}/ssp-mfa.db?mode=ro', uri=True) as database:
        database.text_factory = bytes
        names = [name.decode() for (name,) in database.execute(
            "SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite_%'")]
        return {name: sorted(map(repr, database.execute(f'SELECT * FROM "{name}"'))) for name in names}


@pytest.fixture(name='unchanged', autouse=True)
def fixture_unchanged(house):
    """Checks that the test changed nothing, sent nothing, and hurt nobody. What it gives is a set of tables that may
    differ."""
    may_differ = set()
    before, sent, files = stored(), house.outbox.messages(), sorted(os.listdir(STATE))
    pids = house.helper.process.pid, house.delivery.process.pid
    yield may_differ
    after = stored()
    for table in before.keys() - may_differ:
        assert after[table] == before[table], table
    assert house.outbox.messages() == sent and sorted(os.listdir(STATE)) == files
    assert house.helper.process.poll() is None and house.delivery.process.poll() is None
    assert (house.helper.process.pid, house.delivery.process.pid) == pids
    module, _, _ = sign_in_as_alice()
    module.socket.close()
    for log in LOGS:
        assert all(32 <= byte < 127 or byte == 10 for byte in log.read_bytes()), log


def helper_uid():
    return pwd.getpwnam('ssp-mfa').pw_uid


DELIVER = {'number': 1, 'version': 1, 'carriage': 1, 'deadline': 20, 'to': NUMBER, 'text': 'K7 hello', 'digits': '',
           'tag': 'K7', 'reference': 'ab' * 16, 'language': 'en'}
JUDGE = {'number': 1, 'version': 1, 'carriage': 1, 'region': 'US', 'typed': '205 555 0123'}
TRIAL = {'number': 1, 'version': 1, 'carriage': 1, 'region': 'US', 'typed': '205 555 0123', 'language': 'en',
         'provider': ''}
# Whole messages that open a conversation: where, by whom, and what.
OPENINGS = [(SIGNIN, 0, wire.BEGIN, begin(*ALICE)), (SELF, ALICE[0], wire.REQUEST, request('status')),
            (ADMIN, 0, wire.REQUEST, request('user', 'show', 'alice')), (DELIVERY, None, wire.JUDGE, JUDGE),
            (DELIVERY, None, wire.DELIVER, DELIVER), (DELIVERY, 0, wire.TRIAL, TRIAL),
            (DELIVERY, 0, wire.SURVEY, {'number': 1, 'version': 1})]
LATER = [(wire.ANSWER, {'number': 1, 'text': '123456'}), (wire.LEAVE, {})]


def visit(path, uid, bytes_said):
    """Says these bytes on a connection of its own; true when that ends in silence."""
    with Client(path, helper_uid() if uid is None else uid) as client:
        client.raw(bytes_said)
        return client.is_closed()


def answer_with(content):
    """Says a frame where an answer is due; what comes of it: an ask, a decision, or closed."""
    module, said, asked = sign_in_as_alice()
    with module:
        module.raw(framed(content(said, asked)))
        return module.outcome()


@pytest.mark.parametrize('path, uid, message, values', OPENINGS)
def test_an_opening_that_is_cut_off_anywhere_ends_in_nothing(path, uid, message, values):
    whole = payload(message, values)
    for length in range(1, len(whole)):
        assert visit(path, uid, framed(whole[:length])), length
    assert visit(path, uid, framed(b''))


def test_a_connection_that_is_cut_off_anywhere_ends_in_nothing():
    whole = framed(payload(wire.BEGIN, begin(*ALICE)))
    for length in range(len(whole)):
        with Client(SIGNIN) as client:
            client.raw(whole[:length])
            client.socket.shutdown(socket.SHUT_WR)
            assert client.is_closed(), length


@pytest.mark.parametrize('message, values', LATER)
def test_an_answer_that_is_cut_off_anywhere_ends_in_nothing(message, values):
    def whole(said, asked):
        return payload(message, {**values, 'conversation': said['conversation'], 'number': asked['number']})
    length = len(whole({'conversation': 1}, {'number': 1}))
    for cut in range(1, length):
        assert answer_with(lambda said, asked, cut=cut: whole(said, asked)[:cut]) == 'closed', cut


def spoilt(message, values):
    """Every way to leave a field out, say it twice, put it elsewhere, call it something else, and add one."""
    fields, kind = wire.fields_of(message, values), bytes([message[0]])
    yield b''.join([kind, *fields, b'\x63\0\0'])
    for number, field in enumerate(fields):
        before, after = fields[:number], fields[number + 1:]
        yield b''.join([kind, *before, *after])
        yield b''.join([kind, *before, field, field, *after])
        yield b''.join([kind, *fields, field])
        yield b''.join([kind, *before, b'\xc8' + field[1:], *after])
        if number:
            yield b''.join([kind, field, *before, *after])


@pytest.mark.parametrize('path, uid, message, values', OPENINGS)
def test_fields_that_are_missing_said_twice_or_out_of_order_end_in_nothing(path, uid, message, values):
    for content in spoilt(message, values):
        assert visit(path, uid, framed(content)), content.hex()


@pytest.mark.parametrize('message, values', LATER)
def test_an_answer_whose_fields_are_not_as_they_should_be_ends_in_nothing(message, values):
    whole = {**values, 'conversation': 1, 'number': 1}
    for number, _ in enumerate(spoilt(message, whole)):
        assert answer_with(lambda said, asked, number=number: list(spoilt(message, {
            **values, 'conversation': said['conversation'], 'number': asked['number']}))[number]) == 'closed', number


def test_unknown_kinds_versions_and_values_end_in_nothing():
    for path, uid, message, values in OPENINGS:
        known = {SIGNIN: {1}, SELF: {4}, ADMIN: {4}, DELIVERY: {65, 66, 67, 68, 69}}[path]
        fields = b''.join(wire.fields_of(message, values))
        for kind in {0, 5, 16, 17, 19, 66, 81, 128, 255} - known:
            assert visit(path, uid, framed(bytes([kind]) + fields)), (path, kind)
        for version in (0, 2, 256, 65535):
            assert visit(path, uid, framed(payload(message, {**values, 'version': version}))), (path, version)
    for changed in ({'phase': 0}, {'phase': 5}, {'phase': 255}, {'has_auth_info': 2}, {'has_auth_info': 0},
                    {'groups': b'\1\2\3'}, {'groups': b'\1\2\3\4\5'}):
        assert visit(SIGNIN, 0, framed(payload(wire.BEGIN, begin(*ALICE, **changed)))), changed


def limits_of(message):
    return [(name, least, most) for _, name, form, *bounds in message[1] if form is wire.TEXT
            for least, most in [bounds]]


@pytest.mark.parametrize('field, least, most', limits_of(wire.BEGIN))
def test_texts_of_a_begin_are_taken_whole_or_not_at_all(field, least, most):
    step = 4 if field == 'groups' else 1
    for length in {least, most - step, most}:
        value = b'\1' * length if field == 'groups' else b'x' * length
        with Client(SIGNIN) as module:
            module.say(wire.BEGIN, {**begin(7999, 'nobody-yet'), field: value})
            assert module.outcome() == 'ask', length
    for length in {least - 1, most + 1, most + step, 12000} - {-1}:
        assert visit(SIGNIN, 0, framed(payload(wire.BEGIN, {**begin(*ALICE), field: b'x' * length}))), length
    if field != 'groups':
        for value in (b'\0', b'a\0b', b'ab\0'):
            assert visit(SIGNIN, 0, framed(payload(wire.BEGIN, {**begin(*ALICE), field: value}))), value


NOT_UTF8 = [b'\xff', b'\xc0\xaf', b'\xe0\x80\xaf', b'\xf0\x80\x80\xaf', b'\xed\xa0\x80', b'\xf4\x90\x80\x80', b'\xc3',
            b'\xe2\x82', b'\x80', b'\xc1\xbf']


def test_bytes_that_are_no_text_are_only_bytes_in_what_a_person_and_a_host_say():
    """Any byte but NUL may come there, and none of them means anything."""
    for value in NOT_UTF8:
        with Client(SIGNIN) as module:
            module.say(wire.BEGIN, begin(7999, 'nobody-yet', rhost=value, tty=value, ruser=value))
            assert module.outcome() == 'ask', value
        assert answer_with(lambda said, asked, value=value: payload(wire.ANSWER, {
            'conversation': said['conversation'], 'number': asked['number'], 'text': value})) == 'ask', value


def test_bytes_that_are_no_text_are_never_sent_to_a_telephone():
    for value in [*NOT_UTF8, b'\x1b[2J', 'left‮right'.encode(), b'\x7f', b'a\rb', b'', b'a' * 641]:
        assert visit(DELIVERY, None, framed(payload(wire.DELIVER, {**DELIVER, 'text': value}))), value


@pytest.mark.parametrize('length, outcome', [(0, 'ask'), (511, 'ask'), (512, 'ask'), (513, 'closed'),
                                             (16000, 'closed')])
def test_an_answer_has_512_bytes_at_most(length, outcome):
    assert answer_with(lambda said, asked: payload(wire.ANSWER, {
        'conversation': said['conversation'], 'number': asked['number'], 'text': b'x' * length})) == outcome


def test_an_answer_of_a_mebibyte_hangs_nothing():
    module, _, _ = sign_in_as_alice()
    with module:
        module.raw(b'\xff\xff' + b'7' * (1 << 20))
        assert module.outcome() == 'closed'
    module, said, asked = sign_in_as_alice()
    with module:
        answers = framed(payload(wire.ANSWER, {'conversation': said['conversation'], 'number': asked['number'],
                                               'text': b'x' * 513}))
        module.raw(answers * 2000)
        assert module.outcome() == 'closed'


def test_replies_of_one_conversation_are_nothing_in_another():
    (one, of_one, asked_one), (two, of_two, _) = sign_in_as_alice(), sign_in_as_alice()
    with one, two:
        answer(two, of_one, asked_one, '123456')
        assert two.outcome() == 'closed'
        answer(one, of_one, asked_one, 'what?')  # and it was not spent
        assert one.outcome() == 'ask'
        assert of_one['conversation'] != of_two['conversation']


def test_answers_out_of_turn_end_the_conversation():
    for number in (0, 1, 2, 3, 0xffffffff):
        module, said, asked = sign_in_as_alice()
        with module:
            if number != asked['number']:
                answer(module, said, asked, '123456', number=number)
                assert module.outcome() == 'closed', number
    module, said, asked = sign_in_as_alice()
    with module:  # the second one answers a question that was not asked yet
        content = framed(payload(wire.ANSWER, {'conversation': said['conversation'], 'number': asked['number'],
                                               'text': 'what?'}))
        module.raw(content * 2)
        while (outcome := module.outcome()) == 'ask':
            pass
        assert outcome == 'closed'
    with Client(SIGNIN) as module:  # an answer before there was a question, and two begins
        module.say(wire.ANSWER, {'conversation': 1, 'number': 1, 'text': ''})
        assert module.is_closed()
    with Client(SIGNIN) as module:
        module.raw(framed(payload(wire.BEGIN, begin(*ALICE))) * 2)
        while (outcome := module.outcome()) == 'ask':
            pass
        assert outcome == 'closed'
    with Client(SIGNIN) as module:  # the helper's own words
        module.say(wire.VERDICT, {'conversation': 1, 'number': 1, 'decision': 0x5ac3a96f})
        assert module.is_closed()


def test_whoever_is_not_root_opens_no_door_of_roots():
    for path in (SIGNIN, ADMIN, DELIVERY):
        for uid in (ALICE[0], 65534, SUPPORT if path != ADMIN else 7001):
            with pytest.raises(PermissionError):
                Client(path, uid)
    with pytest.raises(PermissionError):
        Client(SIGNIN, helper_uid())


def test_who_connected_counts_and_not_who_speaks_or_what_is_said():
    for bound in (None, b'\0;uid=0;', b'\0uid=0', b'\0' + b'\0' * 40, b'\0root'):
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(wire.PATIENCE)
        with client:
            if bound is not None:
                client.bind(bound)
            with wire.effective(ALICE[0]):
                client.connect(SELF)
            talk = Client.__new__(Client)
            talk.socket, talk.received = client, b''
            talk.say(wire.REQUEST, request('user', 'show', 'alice'))  # said by root, on her connection
            assert talk.outcome() == 'rejected', bound


def test_who_connected_counts_when_its_process_has_gone():
    """Its number may be somebody else's by then."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        try:
            with wire.effective(ALICE[0]):
                client = Client(SELF)
            socket.send_fds(theirs, [b'x'], [client.socket.fileno()])
        finally:
            os._exit(0)
    _, fds, _, _ = socket.recv_fds(ours, 1, 1)
    os.waitpid(pid, 0)
    talk = Client.__new__(Client)
    talk.socket, talk.received = socket.socket(fileno=fds[0]), b''
    talk.socket.settimeout(wire.PATIENCE)
    with talk:
        talk.say(wire.REQUEST, request('user', 'show', 'alice'))
        assert talk.outcome() == 'rejected'


SELF_VERBS = [('status',), ('devices',), ('devices', 'revoke', '1'), ('devices', 'forget'), ('recovery-codes',)]
DESK_VERBS = [('user', 'show', 'alice')] + [('user', verb, 'alice', '--reason=test')
                                            for verb in ('unlock', 'lock', 'reset', 'forget')]

ROOT_VERBS = [('key', 'status'), ('key', 'rotate', '--reason=test'), ('repair', 'clock', '--reason=test')]


def bare(words):
    """A verb without whom and why: "user lock"."""
    return ' '.join(word for word in words if word not in ('alice', '1') and not word.startswith('--'))


def told_about(path, uid, groups, *words):
    """The verbs that ssp-mfad names to somebody who said a wrong one."""
    said = []
    with Client(path, uid, groups) as client:
        client.say(wire.REQUEST, request(*words))
        while (heard := client.hear())[0] != 'verdict':
            assert heard[0] == 'tell', heard
            said.append(heard[1]['text'])
    verbs = re.search(r'Allowed: (.*)\.', ' '.join(said))[1].split(', ')
    plain = [[word for word in verb.split() if re.fullmatch(r'[a-z|-]+', word) and not word.startswith('--')]
             for verb in verbs]
    return {' '.join(one) for verb in plain for one in itertools.product(*(word.split('|') for word in verb))}


def test_every_verb_that_the_helper_knows_is_tried_at_every_door():
    dispatch = pathlib.Path(os.environ['SSP_ROOT'], 'helper/verifier/requests.cpp').read_text(encoding='utf-8')
    families = set(re.findall(r'== "([a-z-]+)"', dispatch))
    assert families == {words[0] for words in ROOT_VERBS}
    assert told_about(SELF, ALICE[0], (), 'nonsense') == {bare(words) for words in SELF_VERBS}
    assert told_about(ADMIN, SUPPORT, [desk_group()], 'nonsense') == {bare(words) for words in DESK_VERBS}
    for_root = [told_about(ADMIN, 0, (), *words) for words in (('nonsense',), *((one, 'nonsense') for one in families))]
    assert set().union(*for_root) == {bare(words) for words in DESK_VERBS + ROOT_VERBS}


@pytest.mark.parametrize('words', ROOT_VERBS)
def test_no_verb_of_root_is_obeyed_for_the_desk(words):
    with Client(ADMIN, SUPPORT, [desk_group()]) as client:
        client.say(wire.REQUEST, request(*words))
        assert client.outcome() == 'rejected'


@pytest.mark.parametrize('words', DESK_VERBS + ROOT_VERBS)
@pytest.mark.parametrize('uid', [ALICE[0], 7002, SUPPORT, 0, 65534])
def test_no_verb_of_the_desk_is_obeyed_at_the_door_of_everybody(uid, words):
    """Whatever the user id: not even root's."""
    with Client(SELF, uid) as client:
        client.say(wire.REQUEST, request(*words))
        assert client.outcome() == 'rejected'


@pytest.mark.parametrize('words', SELF_VERBS)
def test_no_verb_of_a_person_is_obeyed_at_the_door_of_the_desk(words):
    for uid, groups in ((0, ()), (SUPPORT, [desk_group()])):
        with Client(ADMIN, uid, groups) as client:
            client.say(wire.REQUEST, request(*words))
            assert client.outcome() == 'rejected'


def test_the_desk_sees_people_and_people_see_themselves(unchanged):
    """What is permitted, so that what is refused above is refused for its reason."""
    unchanged.update(AUDIT)
    for path, uid, groups, words in ((ADMIN, 0, (), DESK_VERBS[0]), (ADMIN, SUPPORT, [desk_group()], DESK_VERBS[0]),
                                     (ADMIN, 0, (), ROOT_VERBS[0]),
                                     (SELF, ALICE[0], (), ('status',)), (SELF, ALICE[0], (), ('devices',))):
        with Client(path, uid, groups) as client:
            client.say(wire.REQUEST, request(*words))
            assert client.outcome() == 'accepted', (path, words)


@pytest.mark.parametrize('words', [(*verb, 'alice') for verb in SELF_VERBS] + [(*verb, '--user=alice')
                                                                              for verb in SELF_VERBS])
def test_nobody_acts_for_somebody_else(words):
    with Client(SELF, 7002) as client:
        client.say(wire.REQUEST, request(*words))
        assert client.outcome() == 'rejected'


def desk_group():
    return int(run('getent', 'group', 'ssp-mfa-support').split(':')[2])


def test_words_that_are_no_words_end_in_nothing():
    for words in ('', 'status', '\0status', 'x' * 4096, 'a\0' * 65, 'status\0devices'):
        with Client(SELF, ALICE[0]) as client:
            client.say(wire.REQUEST, {**request(), 'words': words})
            assert client.outcome() in ('closed', 'rejected'), words


def test_a_name_and_a_user_id_that_do_not_belong_together_are_refused(unchanged):
    unchanged.update(AUDIT)
    for uid, name in ((7002, 'alice'), (0, 'alice'), (ALICE[0], 'bob'), (ALICE[0], 'Alice'), (ALICE[0], 'alice ')):
        with Client(SIGNIN) as module:
            module.say(wire.BEGIN, begin(uid, name))
            while (outcome := module.next_question())[0] == 'ask':  # told why, in one prompt
                answer(module, {'conversation': outcome[1]['conversation']}, outcome[1], '')
            assert wire.DECISIONS[outcome[1]['decision']] != 'accepted', (uid, name)


def test_nobody_signs_in_with_the_user_id_of_a_daemon():
    for user in ('ssp-mfa', 'ssp-mfa-delivery'):
        uid = pwd.getpwnam(user).pw_uid
        for phase in (1, 2, 4):
            with Client(SIGNIN) as module:
                module.say(wire.BEGIN, begin(uid, 'mallory', phase=phase))
                assert module.outcome() == 'unavailable', (user, phase)


@pytest.mark.parametrize('name', ['.', '..', 'a/b', '../../etc/passwd', '/', '-rf', '%n%s%n', "'; DROP TABLE x;--",
                                  '\x1b[2J',
                                  'a\nb event="sign-in"', '$(id)', 'x' * 256])
def test_names_that_look_like_something_else_are_only_names(name):
    values = begin(7999, name, rhost=name, tty=name, ruser=name, source=name[:64], service=name[:64])
    with Client(SIGNIN) as module:
        module.say(wire.BEGIN, values)
        assert module.outcome() == 'ask'
    for field in ('name', 'rhost', 'tty', 'ruser', 'source', 'service'):
        assert visit(SIGNIN, 0, framed(payload(wire.BEGIN, {**values, field: b'a' * 4096}))), field


@pytest.mark.parametrize('path, uid, message, values', [OPENINGS[0], OPENINGS[1], OPENINGS[2], OPENINGS[6]])
def test_descriptors_that_somebody_passes_are_closed_and_end_the_connection(house, path, uid, message, values):
    daemon = house.delivery if path == DELIVERY else house.helper
    before = len(os.listdir(f'/proc/{daemon.process.pid}/fd'))
    for _ in range(20):
        with Client(path, uid) as client, open('/dev/null', 'rb') as null:
            socket.send_fds(client.socket, [framed(payload(message, values))], [null.fileno()] * 250)
            assert client.is_closed()
    # What is over is put away on a later turn of the loop; a connection beyond it has been seen then.
    with Client(path, uid) as client:
        client.raw(b'\0\0')
        assert client.is_closed()
    assert len(os.listdir(f'/proc/{daemon.process.pid}/fd')) <= before + 2


def test_sockets_of_another_kind_do_not_connect():
    for path in (SIGNIN, SELF, ADMIN, DELIVERY):
        for kind in (socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
            with pytest.raises(OSError):
                Client(path, 0, kind=kind)
