"""What is heard, by telephones that record it."""
import re
import socket
import struct
import subprocess
import time

import pytest

from calls import Call
from conftest import call
from matched_filter import SOUNDS, digits_heard
from sip_callee import Callee
from sipp_callee import SippCallee, answers, receive

judges = pytest.mark.judges


def spoken(place, digits, press_after=0.5, callee=None, **request):
    """A call to a telephone; what it said of itself, and the recording."""
    with Callee(place.folder / 'callee', place.port, press_after=press_after, **(callee or {})) as phone:
        made = Call(f'sip:127.0.0.1:{place.port}', digits, **request).run()
        return made, phone.recording(10)


@call
def press_1(place):
    return spoken(place, '40917')


@judges('press_1')
def test_a_code_is_spoken_digit_by_digit_and_twice_once_the_key_is_pressed(called):
    made, recording = called
    assert made.words() == ['calling', 'ringing', 'answered', 'speaking', 'played']
    assert made.ending() == ('played', 0)
    heard = digits_heard(recording)
    assert heard.digits == '4091740917'
    assert heard.correlation > 0.99
    gaps = heard.gaps()
    assert all(0.25 <= gap <= 0.4 for gap in gaps[:4] + gaps[5:]), gaps
    assert 0.85 <= gaps[4] <= 0.95, gaps


@call
def press_1_late(place):
    return spoken(place, '36528', press_after=5, callee={'codec': 'PCMA'})


@judges('press_1_late')
def test_the_key_counts_after_the_request_too_and_a_law_is_spoken(called):
    made, recording = called
    assert made.ending() == ('played', 0)
    heard = digits_heard(recording)
    assert heard.digits == '1' + '36528' * 2  # "press 1"
    assert heard.correlation > 0.99
    assert heard.seconds[1] > 5


@call
def voice_mail(place):
    return spoken(place, '86420', press_after=None)


@judges('voice_mail')
def test_a_voice_mail_hears_no_digit_of_the_code(called):
    made, recording = called
    assert made.words() == ['calling', 'ringing', 'answered', 'no-key']
    assert made.ending() == ('no-key', 4)
    heard = digits_heard(recording)
    assert heard.digits == '111'  # "press 1", three times


@call
def wrong_key(place):
    return spoken(place, '86420', callee={'key': '2', 'hang_up_after': 5})


@judges('wrong_key')
def test_another_key_speaks_nothing(called):
    made, recording = called
    assert made.words() == ['calling', 'ringing', 'answered', 'hung-up']
    assert digits_heard(recording).digits == '1'


@call
def stranger_presses(place):
    """Packets with key 1 from an address that takes no part in the call, then from one that does."""
    with SippCallee(place.folder / 'server', place.port, [receive('INVITE'), *answers()]) as server:
        made = Call(f'sip:127.0.0.1:{place.port}').start().wait_for('answered')
        port = int(re.search(r'm=audio (\d+)', server.messages()).group(1))
        for address in ('127.0.0.2', '127.0.0.1'):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
                stranger.bind((address, 0))
                for number in range(20):
                    header = struct.pack('>BBHII', 0x80, 101, number, 160 * number, 4711)
                    stranger.sendto(header + bytes([1, 0x0a, 0, 160]), ('127.0.0.1', port))
                    time.sleep(0.02)
            if address == '127.0.0.2':
                before = made.words()
        made.wait_for('speaking').terminate().wait()
        return before


@judges('stranger_presses')
def test_a_stranger_presses_no_key(called):
    assert called == ['calling', 'ringing', 'answered']


@call
def without_key(place):
    return spoken(place, '70035', press_after=None, confirm_key=False, language='es')


@judges('without_key')
def test_where_no_key_is_wanted_the_code_comes_at_once_and_in_the_language_asked_for(called):
    made, recording = called
    assert made.ending() == ('played', 0)
    heard = digits_heard(recording, SOUNDS / 'es_MX_f_Allison')
    assert heard.digits == '7003570035'
    assert heard.correlation > 0.99


@call
def other_language(place):
    return spoken(place, '91046', language='fi')


@judges('other_language')
def test_a_language_without_recordings_is_spoken_in_english(called):
    made, recording = called
    assert made.ending() == ('played', 0)
    assert digits_heard(recording).digits == '9104691046'


@call
def synthesiser(place):
    # What flite says is the same each time, so its digits can be found as prompts are.
    voice = place.folder / 'voice'
    (voice / 'digits').mkdir(parents=True)
    for digit, word in enumerate('zero one two three four five six seven eight nine'.split()):
        subprocess.run(['flite', '-voice', 'kal', '-f', '/dev/stdin', '-o', voice / f'digits/{digit}.wav'],
                       input=f'{word}.\n', text=True, check=True)
    return *spoken(place, '20586', recordings='/nowhere'), voice


@judges('synthesiser')
def test_without_recordings_a_synthesiser_speaks(called):
    made, recording, voice = called
    assert made.ending() == ('played', 0)
    assert digits_heard(recording, voice).digits == '2058620586'


@call
def nobody_to_speak(place):
    made = Call(f'sip:127.0.0.1:{place.port}', recordings='/nowhere')
    without_flite = 'mount --bind /dev/null /usr/bin/flite && exec "$0"'
    made.command = ['unshare', '--mount', 'sh', '-c', without_flite, *made.command]
    return made.run()


@judges('nobody_to_speak')
def test_without_recordings_and_synthesiser_nothing_is_dialled(called):
    assert called.ending() == ('failed no recordings in /nowhere, and flite is not installed', 78)
    assert called.words() == ['failed']


@call
def encrypted(place):
    with Callee(place.folder / 'callee', place.port, press_after=0.5, srtp=True,
                certificate=place.certificates / 'right.pem') as phone:
        made = Call(f'sips:127.0.0.1:{place.port + 1}', '52840',
                    {'ca_file': str(place.certificates / 'ca.pem'), 'srtp': 'required'}).run()
        return made, phone.recording(10)


@judges('encrypted')
def test_an_encrypted_call_is_heard_and_its_key_too(called):
    made, recording = called
    assert made.ending() == ('played', 0)
    heard = digits_heard(recording)
    assert heard.digits == '5284052840'
    assert heard.correlation > 0.99


@call
def private(place):
    """Looks at the program from outside while it speaks."""
    with Callee(place.folder / 'callee', place.port, press_after=0.5):
        made = Call(f'sip:127.0.0.1:{place.port}', '60318').start().wait_for('speaking')
        outside = made.facts('cmdline') + made.facts('environ') + made.facts('maps')
        status, limits = made.facts('status'), made.facts('limits')
        made.terminate().wait()
    return made, outside, status, limits


@judges('private')
def test_the_code_is_in_no_argument_environment_file_or_core(called):
    made, outside, status, limits = called
    assert b'60318' not in outside and b'trunkpass' not in outside
    assert b'memfd' not in outside and b'silence.wav' not in outside
    assert b'NoNewPrivs:\t1' in status and b'Seccomp:\t2' in status
    assert re.search(rb'(?m)^Max core file size +0 +0 ', limits)
    assert made.ending() == ('hung-up told to hang up', 1)
