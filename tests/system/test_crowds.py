"""Whoever takes places and gives nothing: crowds, drips, floods and peers that never read. Others are served meanwhile,
and nothing of it stays."""
import contextlib
import os
import pathlib
import resource
import shutil
import time

import pytest

import wire
from host import run
from memory import resident
from wire import ADMIN, DELIVERY, SELF, SIGNIN, Client, begin, framed, payload, request

SUPPORT_GROUP = 'ssp-mfa-support'
pytestmark = pytest.mark.usefixtures('house')


@pytest.fixture(name='house', scope='module')
def fixture_house(the_host):
    """The helper without sanitizers, which keep memory for themselves."""
    the_host.configure()
    the_host.start_over()
    helper, programs = the_host.helper, pathlib.Path('/usr/libexec/ssp-mfa')
    if 'SSP_PLAIN_BUILD' in os.environ:
        helper.stop()
        program = programs / 'plain-ssp-mfad'
        shutil.copy(pathlib.Path(os.environ['SSP_PLAIN_BUILD'], 'helper/ssp-mfad'), program)
        helper.start([program])
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    yield the_host
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def descriptors(daemon):
    return len(os.listdir(f'/proc/{daemon.process.pid}/fd'))


def descriptors_left(daemon):
    """How many are open once those who left are hung up on: it has not changed for a second."""
    seen, since = descriptors(daemon), time.monotonic()
    while time.monotonic() - since < 1:
        time.sleep(0.05)
        now = descriptors(daemon)
        if now != seen:
            seen, since = now, time.monotonic()
    return seen


def is_asked(caller_uid=0):
    """Whether somebody new who signs in is asked something; how long that took, for the record."""
    since = time.monotonic()
    with Client(SIGNIN) as module:
        module.say(wire.BEGIN, begin(8001, 'somebody', caller_uid=caller_uid))
        outcome = module.outcome()
    return outcome == 'ask', time.monotonic() - since


def is_served(path, uid=0):
    with Client(path, uid) as client:
        client.say(wire.REQUEST, request('status') if path == SELF else request('user', 'show', 'nobody'))
        return client.outcome() in ('accepted', 'rejected', 'not_enrolled')


@contextlib.contextmanager
def crowd(path, uids):
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(Client(path, uid)) for uid in uids]


def still_open(clients):
    """How many were not hung up on."""
    count = 0
    for client in clients:
        client.socket.setblocking(False)
        try:
            count += client.socket.recv(1) != b''
        except BlockingIOError:
            count += 1
        except ConnectionResetError:
            pass
        client.socket.settimeout(wire.PATIENCE)
    return count


def say_how_long(what, times):
    print(f'{what}: {len(times)} sign-ins asked in {min(times) * 1000:.1f} to {max(times) * 1000:.1f} ms')


def test_a_thousand_idle_connections_of_one_user_take_sixteen_places(house):
    before = descriptors(house.helper)
    with crowd(SELF, [8100] * 1000) as idle:
        times = []
        for _ in range(10):
            asked, took = is_asked()
            assert asked and is_served(SELF, 8101) and is_served(ADMIN)
            times.append(took)
        say_how_long('1000 idle of one user', times)
        assert still_open(idle) <= 16
        assert descriptors(house.helper) <= before + 16 + 8


def test_a_thousand_idle_users_keep_nobody_from_signing_in(house):
    with crowd(SELF, range(20000, 21000)) as idle:
        times = []
        for _ in range(10):
            asked, took = is_asked()
            assert asked and is_served(ADMIN) and is_served(SELF, 8101)
            times.append(took)
        say_how_long('1000 idle users', times)
        assert still_open(idle) > 0  # they did not go, they are in nobody's way


def test_one_caller_has_so_many_sign_ins_at_the_same_time_and_others_have_theirs():
    with contextlib.ExitStack() as stack:
        outcomes = []
        for _ in range(100):
            module = stack.enter_context(Client(SIGNIN))
            module.say(wire.BEGIN, begin(8001, 'somebody', caller_uid=8100))
            outcomes.append(module.outcome())
        assert outcomes == ['ask'] * 32 + ['unavailable'] * 68
        assert is_asked(caller_uid=8101)[0] and is_asked(caller_uid=0)[0]
    assert is_asked(caller_uid=8100)[0]  # they left


@pytest.mark.attack
def test_a_thousand_sign_ins_that_wait_for_an_answer_keep_nobody_waiting():
    with contextlib.ExitStack() as stack:
        for _ in range(1000):
            module = stack.enter_context(Client(SIGNIN))
            module.say(wire.BEGIN, begin(8001, 'somebody'))
            assert module.outcome() == 'ask'
        times = [is_asked() for _ in range(10)]
        assert all(asked for asked, _ in times)
        say_how_long('1000 that were asked', [took for _, took in times])


@pytest.mark.attack
def test_a_thousand_who_say_nothing_are_hung_up_on():
    with crowd(SELF, range(20000, 21000)) as idle:
        for client in idle:
            assert client.is_closed()


def drip(client, message):
    """Says a message byte by byte, with half a second or less between, until the other end says something or hangs up.
    Whether that came before the end of the message: its last byte is not said, for a whole message is answered too."""
    client.socket.settimeout(0.2)
    for byte in message[:-1]:
        if not client.raw(bytes([byte])):
            return True
        try:
            client.socket.recv(65536)
            return True
        except TimeoutError:
            continue
        except ConnectionResetError:
            return True
    return False


@pytest.mark.attack
@pytest.mark.parametrize('path, uid, message', [
    (SIGNIN, 0, framed(payload(wire.BEGIN, begin(8001, 'somebody')))),
    (SELF, 8100, framed(payload(wire.REQUEST, request('status' + 'x' * 200))))], ids=['signin', 'self'])
def test_a_message_that_comes_in_drips_is_cut_off(path, uid, message):
    """The deadline is that of the whole message: bytes that come now and then do not extend it."""
    with Client(path, uid) as client:
        assert drip(client, message)
    assert is_asked()[0]


@pytest.mark.attack
def test_an_answer_that_comes_in_drips_is_cut_off(house):
    def reloads():
        return house.helper.log.read_text(encoding='ascii').count('configuration read again')
    before = reloads()
    house.configure('[codes]\nanswer_deadline = "10s"')
    house.helper.reload()
    try:
        while reloads() == before:
            time.sleep(0.05)
        with Client(SIGNIN) as module:
            said = begin(8001, 'somebody')
            module.say(wire.BEGIN, said)
            _, asked = module.next_question()
            assert drip(module, framed(payload(wire.ANSWER, {'conversation': said['conversation'],
                                                             'number': asked['number'], 'text': 'x' * 500})))
    finally:
        house.configure()
        house.helper.reload()


@pytest.mark.attack
def test_a_peer_that_never_reads_and_one_that_never_stops_block_nobody(house):
    """Frames as fast as they can be written, at every door at once, by peers that read nothing."""
    before = resident(house.helper.process)
    flood = framed(b'\4' + b'x' * 16383) * 4
    shout = [(SIGNIN, 0, flood), (SELF, 8100, flood), (ADMIN, 0, flood),
             (SIGNIN, 0, framed(payload(wire.BEGIN, begin(8001, 'somebody'))) + framed(b'\2') * 20000),
             (SELF, 8100, b''.join(framed(payload(wire.REQUEST, request('status'))) for _ in range(1000)))]
    times = []
    for _ in range(200):
        for path, uid, noise in shout:
            with Client(path, uid) as client:
                client.socket.settimeout(0)
                with contextlib.suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
                    while True:
                        client.socket.sendall(noise)
        asked, took = is_asked()
        assert asked
        times.append(took)
    say_how_long('under floods', times)
    assert resident(house.helper.process) < before + 16 * 1024


@pytest.mark.attack
@pytest.mark.parametrize('path, uid, times', [(SIGNIN, 0, 5000), (SELF, 8100, 10000), (DELIVERY, 0, 5000)])
def test_crowds_that_come_and_go_leave_nothing(house, path, uid, times):
    daemon = house.delivery if path == DELIVERY else house.helper

    def come_and_go(often):
        for _ in range(often):
            with contextlib.suppress(ConnectionResetError), Client(path, uid):
                pass

    come_and_go(2000)
    assert is_asked()[0]
    memory, files = resident(daemon.process), descriptors_left(daemon)
    come_and_go(times)
    assert is_asked()[0]
    assert descriptors_left(daemon) <= files + 16
    # With sanitizers memory is not given back at once.
    if daemon is house.helper and 'SSP_PLAIN_BUILD' in os.environ:
        assert resident(daemon.process) < memory + 4096


@pytest.mark.attack
def test_with_few_descriptors_whoever_comes_beyond_them_waits_or_is_refused(house):
    """And the daemon neither ends nor takes a processor for itself."""
    helper = house.helper
    helper.stop()
    helper.start(['/usr/bin/prlimit', '--nofile=90:90', '/usr/libexec/ssp-mfa/plain-ssp-mfad'
                  if 'SSP_PLAIN_BUILD' in os.environ else '/usr/libexec/ssp-mfa/ssp-mfad'])
    try:
        with crowd(SIGNIN, [0] * 400) as idle:
            ticks = processor_ticks(helper)
            assert still_open(idle) <= 400
            time.sleep(2)
            spent = processor_ticks(helper) - ticks
            assert spent < 100, f'{spent} ticks of 200'
            for client in idle:
                assert client.is_closed()
        assert is_asked()[0] and helper.process.poll() is None
    finally:
        helper.stop()
        helper.start()


def processor_ticks(daemon):
    stat = pathlib.Path(f'/proc/{daemon.process.pid}/stat').read_text(encoding='ascii').rpartition(')')[2].split()
    return int(stat[11]) + int(stat[12])


@pytest.mark.attack
def test_the_support_desk_is_served_while_everybody_comes(house):
    run('useradd', '-u', '8200', '-G', SUPPORT_GROUP, 'desk')
    group = int(run('getent', 'group', SUPPORT_GROUP).split(':')[2])
    try:
        with crowd(SELF, range(20000, 23000)), Client(ADMIN, 8200, [group]) as desk:
            desk.say(wire.REQUEST, request('user', 'show', 'nobody'))
            assert desk.outcome() == 'rejected'
            assert is_asked()[0]
    finally:
        run('userdel', 'desk')
    assert house.helper.process.poll() is None
