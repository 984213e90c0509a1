"""Twenty codes by telephone, four calls at once: every digit of every reading must be heard."""
import concurrent.futures
import queue
import random
import sys
import tempfile

import pytest

from calls import Call
from matched_filter import digits_heard
from sip_callee import Callee

FIRST_PORT = 7000


@pytest.mark.slow
def test_twenty_codes_of_twenty_are_heard_with_four_calls_at_once():
    codes = [f'{random.randrange(100000):05}' for _ in range(20)]
    ports = queue.SimpleQueue()
    for line in range(4):
        ports.put(FIRST_PORT + 10 * line)

    def speak(code):
        port = ports.get()
        try:
            with Callee(tempfile.mkdtemp() + '/callee', port, press_after=0.5) as phone:
                made = Call(f'sip:127.0.0.1:{port}', code).run()
                return code, made, digits_heard(phone.recording(10))
        finally:
            ports.put(port)

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        spoken = list(pool.map(speak, codes))
    heard = [code for code, made, found in spoken if made.ending() == ('played', 0) and found.digits == code * 2]
    least = min(found.correlation for _, _, found in spoken)
    print(f'# {len(heard)} of {len(codes)} codes, least correlation {least:.4f}', file=sys.__stdout__, flush=True)
    assert heard == codes
    assert least > 0.99
