"""How calls end that are not heard to the end, and what the other side sees."""
import json
import subprocess

import pytest

from calls import Call
from conftest import ONLY_SERVER, SECOND_SERVER, call
from sip_callee import Callee
from sipp_callee import (SippCallee, answers, challenge, either, pause, press_by_info, receive,
                         receive_and_remember, refuses, rings_until_cancelled, send)

judges = pytest.mark.judges


def play(place, steps, tcp=False, dialogues=1, **account):
    """A call to a server that plays `steps`; whether all of them happened."""
    port = place.port
    with SippCallee(place.folder / 'server', port, steps, tcp, dialogues) as server:
        made = Call(f'sip:127.0.0.1:{port}' + (';transport=tcp' if tcp else ''), account=account, confirm_key=False,
                    ring_seconds=5).run()
        return made, server.done(), server


ENDINGS = {
    (486, 'Busy Here'): ('busy 486 Busy Here', 2),
    (600, 'Busy Everywhere'): ('busy 600 Busy Everywhere', 2),
    (603, 'Decline'): ('refused 603 Decline', 2),
    (403, 'Forbidden'): ('refused 403 Forbidden', 2),
    (480, 'Temporarily Unavailable'): ('no-answer 480 Temporarily Unavailable', 3),
    (404, 'Not Found'): ('failed 404 Not Found', 65),
    (484, 'Address Incomplete'): ('failed 484 Address Incomplete', 65),
    (488, 'Not Acceptable Here'): ('failed 488 Not Acceptable Here', 78),
    (503, 'Service Unavailable'): ('failed 503 Service Unavailable', 75),
}


def refused_with(status, words):
    def refused(place):
        return play(place, refuses(status, words))
    refused.__name__ = f'status_{status}'
    return refused


for answer in ENDINGS:
    call(refused_with(*answer))


@pytest.mark.parametrize('answer', [pytest.param(answer, marks=judges(f'status_{answer[0]}')) for answer in ENDINGS],
                         ids=lambda answer: str(answer[0]))
def test_what_the_server_answers_is_told_apart(called, answer):
    made, done, _ = called
    assert made.ending() == ENDINGS[answer]
    assert done  # ACK included


@call
def over_ipv6(place):
    with SippCallee(place.folder / 'server', place.port, refuses(486, 'Busy Here'), address='::1') as server:
        return Call(f'sip:[::1]:{place.port}').run(), server.done()


@judges('over_ipv6')
def test_a_server_may_have_an_ipv6_address(called):
    made, done = called
    assert made.ending() == ('busy 486 Busy Here', 2)
    assert done


@call
def redirected(place):
    return play(place, refuses(302, 'Moved', 'Contact: <sip:premium@127.0.0.1:5999>\n'))


@judges('redirected')
def test_a_redirection_to_another_number_is_not_followed(called):
    made, done, server = called
    assert made.ending() == ('failed 302 Moved: redirections are not followed', 78)
    assert done
    assert 'INVITE sip:premium' not in server.messages()


@call
def nobody_answers(place):
    return play(place, rings_until_cancelled())


@judges('nobody_answers')
def test_a_phone_that_nobody_takes_is_cancelled(called):
    made, done, _ = called
    assert made.words() == ['calling', 'ringing', 'no-answer']
    assert made.code == 3
    assert done


@call
def told_to_stop_while_ringing(place):
    with SippCallee(place.folder / 'server', place.port, rings_until_cancelled()) as server:
        made = Call(f'sip:127.0.0.1:{place.port}').start().wait_for('ringing').terminate().wait()
        return made, server.done(15)


@judges('told_to_stop_while_ringing')
def test_sigterm_while_it_rings_cancels(called):
    made, done = called
    assert made.ending() == ('hung-up told to hang up', 1)
    assert done


@call
def told_to_stop_while_speaking(place):
    with Callee(place.folder / 'callee', place.port) as phone:
        made = Call(f'sip:127.0.0.1:{place.port}', confirm_key=False).start().wait_for('speaking').terminate().wait()
        phone.wait_for('CALL_CLOSED', 5)
        return made


@judges('told_to_stop_while_speaking')
def test_sigterm_while_it_speaks_hangs_up(called):
    assert called.ending() == ('hung-up told to hang up', 1)


@call
def nobody_listens(place):
    """Kills who started the program."""
    with Callee(place.folder / 'callee', place.port) as phone:
        request = json.dumps(Call(f'sip:127.0.0.1:{place.port}', confirm_key=False).request)
        with subprocess.Popen(['/bin/sh', '-c', '"$SSP_CALL"; exit 0'], stdin=subprocess.PIPE, text=True,
                              stdout=subprocess.DEVNULL) as starter:
            starter.stdin.write(request)
            starter.stdin.close()
            phone.wait_for('CALL_ESTABLISHED')
            starter.kill()
        phone.wait_for('CALL_CLOSED', 5)


@judges('nobody_listens')
def test_a_call_that_nobody_follows_any_more_is_hung_up(called):
    assert called is None


@call
def callee_hangs_up(place):
    with Callee(place.folder / 'callee', place.port, press_after=0.3, hang_up_after=4):
        return Call(f'sip:127.0.0.1:{place.port}').run()


@judges('callee_hangs_up')
def test_a_person_who_hangs_up_early_is_told_from_one_who_heard_all(called):
    assert called.words()[-2:] == ['speaking', 'hung-up']
    assert called.code == 1


@call
def key_by_info(place):
    steps = [receive_and_remember(), *answers([*press_by_info('2', 'application/dtmf'), pause(300),
                                               *press_by_info('Signal=1\nDuration=160', 'application/dtmf-relay')])]
    with SippCallee(place.folder / 'server', place.port, steps) as server:
        made = Call(f'sip:127.0.0.1:{place.port}').run()
        return made, server.done()


@judges('key_by_info')
def test_a_key_that_a_pbx_reports_by_info_counts(called):
    made, done = called
    assert made.words() == ['calling', 'ringing', 'answered', 'speaking', 'played']
    assert done


@call
def time_is_over(place):
    with Callee(place.folder / 'callee', place.port) as phone:
        made = Call(f'sip:127.0.0.1:{place.port}', total_seconds=10).run()
        phone.wait_for('CALL_CLOSED', 5)
        return made


@judges('time_is_over')
def test_a_call_ends_when_its_time_is_over(called):
    assert called.ending() == ('no-key the time for the call is over', 4)


@call
def server_wants_credentials(place):
    return play(place, [*challenge('INVITE', 401), receive('INVITE'), *answers()])


@judges('server_wants_credentials')
def test_a_server_s_challenge_is_answered(called):
    made, done, server = called
    assert made.ending() == ('played', 0)
    assert done
    assert server.credentials_are_right('INVITE', 'trunkuser', 'trunkpass', 'Authorization')


@call
def proxy_wants_credentials(place):
    return play(place, [*challenge('INVITE', 407), receive('INVITE'), *answers()], tcp=True)


@judges('proxy_wants_credentials')
def test_a_proxy_s_challenge_is_answered_over_tcp(called):
    made, done, server = called
    assert made.ending() == ('played', 0)
    assert done
    assert server.credentials_are_right('INVITE', 'trunkuser', 'trunkpass')


@call
def wrong_password(place):
    again = [receive('INVITE'), send(407, 'Wrong', 'Proxy-Authenticate: Digest realm="trunk.test", nonce="another"\n',
                                     tag='b'), receive('ACK')]
    return play(place, [*challenge('INVITE', 407), *again], password='wrong')


@judges('wrong_password')
def test_a_wrong_password_is_a_matter_of_credentials(called):
    made, _, server = called
    assert made.ending() == ('failed 407 Wrong', 77)
    assert not server.credentials_are_right('INVITE', 'trunkuser', 'trunkpass')


@call
def forbidden_account(place):
    return play(place, [*challenge('INVITE', 401), *refuses(403, 'Forbidden')])


@judges('forbidden_account')
def test_an_account_that_is_refused_after_its_credentials_is_told_from_a_call_that_is_refused(called):
    assert called[0].ending() == ('failed 403 Forbidden', 77)


@call
def registers(place):
    registered = send(200, 'OK', 'Contact: <sip:ssp-mfa@127.0.0.1>;expires=300\n')
    registrar = [*challenge('REGISTER', 401), receive('REGISTER'), registered, receive('REGISTER'), send(200, 'OK')]
    return play(place, either(registrar, [receive('INVITE'), *answers()]), dialogues=2, register=True)


@judges('registers')
def test_an_account_registers_before_the_call_and_goes_after_it(called):
    made, done, server = called
    assert made.ending() == ('played', 0)
    assert done
    assert server.credentials_are_right('REGISTER', 'trunkuser', 'trunkpass', 'Authorization')
    assert 'expires=0' in server.messages().rpartition('REGISTER sip:')[2]  # the end of the registration


@call
def registration_refused(place):
    return play(place, [receive('REGISTER'), send(403, 'Forbidden')], register=True)


@judges('registration_refused')
def test_without_registration_nothing_is_dialled(called):
    made, _, server = called
    assert 'calling' not in made.words() and made.words()[-1] in ('failed', 'refused')
    assert 'INVITE' not in server.messages()


@call
def nobody_there(place):
    return Call(f'sip:127.0.0.1:{place.port}').run()


@judges('nobody_there')
def test_a_server_that_says_nothing_is_given_up_soon(called):
    assert called.words() == ['calling', 'failed']
    assert called.code == 69


@call
def nobody_there_tcp(place):
    return Call(f'sip:127.0.0.1:{place.port};transport=tcp').run()


@judges('nobody_there_tcp')
def test_a_server_that_takes_no_connection_called_nobody(called):
    assert called.ending() == ('failed Connection refused', 69)


@call
def unknown_name(_):
    return Call('sip:nowhere.test').run()


@judges('unknown_name')
def test_a_name_that_does_not_exist_called_nobody(called):
    assert called.ending() == ('failed nowhere.test: no address', 69)


@call
def by_name(place):
    with SippCallee(place.folder / 'server', ONLY_SERVER, refuses(486, 'Busy Here')):
        return Call('sip:one.test').run()


@judges('by_name')
def test_the_port_of_a_name_is_in_its_srv_record(called):
    assert called.ending() == ('busy 486 Busy Here', 2)


@call
def second_server(place):
    with SippCallee(place.folder / 'server', SECOND_SERVER, refuses(486, 'Busy Here'), tcp=True):
        return Call('sip:two.test;transport=tcp').run()


@judges('second_server')
def test_a_server_that_is_down_is_passed_over_for_the_next_of_its_name(called):
    assert called.ending() == ('busy 486 Busy Here', 2)


def to_secure_phone(place, certificate, authority, srtp='off', phone_srtp=False, host='127.0.0.1'):
    with Callee(place.folder / 'callee', place.port, certificate=place.certificates / f'{certificate}.pem',
                srtp=phone_srtp):
        return Call(f'sips:{host}:{place.port + 1}',
                    account={'ca_file': str(place.certificates / f'{authority}.pem'), 'srtp': srtp},
                    confirm_key=False).run()


@call
def right_name(place):
    return to_secure_phone(place, 'right', 'ca', host='pbx.test')


@judges('right_name')
def test_a_certificate_for_the_name_of_the_proxy_is_good(called):
    assert called.ending() == ('played', 0)


@call
def wrong_authority(place):
    return to_secure_phone(place, 'right', 'stranger')


@judges('wrong_authority')
def test_a_certificate_of_another_authority_ends_the_call_before_it_begins(called):
    assert called.code == 78
    assert called.events[-1].startswith('failed certificate of the server: ')
    assert 'issuer' in called.events[-1] or 'self-signed' in called.events[-1]


@call
def wrong_address(place):
    return to_secure_phone(place, 'other', 'ca')


@judges('wrong_address')
def test_a_certificate_for_another_address_ends_the_call_before_it_begins(called):
    assert called.ending() == ('failed certificate of the server: IP address mismatch', 78)


@call
def wrong_name(place):
    return to_secure_phone(place, 'other', 'ca', host='pbx.test')


@judges('wrong_name')
def test_a_certificate_for_another_name_ends_the_call_before_it_begins(called):
    assert called.ending() == ('failed certificate of the server: hostname mismatch', 78)


@call
def no_authorities(place):
    return Call(f'sips:127.0.0.1:{place.port}', account={'ca_file': '/nowhere/ca.pem'}).run()


@judges('no_authorities')
def test_authorities_that_cannot_be_read_are_a_matter_of_configuration(called):
    assert called.ending() == ('failed certificates that are trusted cannot be read: /nowhere/ca.pem', 78)


@call
def unencrypted_phone(place):
    return to_secure_phone(place, 'right', 'ca', srtp='required')


@judges('unencrypted_phone')
def test_a_phone_that_will_not_encrypt_hears_nothing_where_that_is_required(called):
    assert called.code == 78
    assert 'speaking' not in called.words()


@call
def optional_encryption(place):
    return to_secure_phone(place, 'right', 'ca', srtp='optional')


@judges('optional_encryption')
def test_a_phone_that_will_not_encrypt_is_spoken_to_where_that_is_optional(called):
    assert called.ending() == ('played', 0)


@call
def key_in_clear(place):
    return Call(f'sip:127.0.0.1:{place.port}', account={'srtp': 'required'}).run()


@judges('key_in_clear')
def test_keys_are_not_sent_where_anybody_reads_them(called):
    assert called.code == 78
    assert called.words() == ['failed']
