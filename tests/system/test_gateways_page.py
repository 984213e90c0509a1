"""docs/how-to/gateways.md: the configuration of Kannel, as it stands there."""
import os
import pathlib
import re
import socket
import urllib.request

from kannel import FOLDER, LOGS, Kannel, end, start, wait_until

PAGE = pathlib.Path(os.environ['SSP_ROOT']) / 'docs/how-to/gateways.md'
TEXT = 'K7 918273 is your code'


def configuration():
    """The whole file, with a carrier that is not there."""
    text = PAGE.read_text(encoding='utf-8').partition('## Kannel')[2]
    text = re.search(r'(?s)```\n(.*?)```', text)[1]
    text = text.replace('smpp.carrier.example', '127.0.0.1')
    return text, re.search(r'group = sendsms-user\nusername = (\S+)\npassword = "(.*)"', text).groups()


def is_open(port):
    with socket.socket() as one:
        return one.connect_ex(('127.0.0.1', port)) == 0


def hand_over(user, password):
    request = urllib.request.Request(
        'http://127.0.0.1:13013/cgi-bin/sendsms', TEXT.encode(),
        {'Content-Type': 'text/plain; charset=UTF-8', 'X-Kannel-Username': user, 'X-Kannel-Password': password,
         'X-Kannel-From': '13013', 'X-Kannel-To': '+12055550123', 'X-Kannel-Validity': '5'})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.status, answer.read().decode()


def test_kannel_starts_with_the_file_of_the_page_and_keeps_no_text():
    Kannel('fake')  # makes the folders
    text, (user, password) = configuration()
    file = FOLDER / 'page.conf'
    file.write_text(text, encoding='ascii')
    file.chmod(0o644)
    boxes = []
    try:
        boxes.append(start('/usr/sbin/bearerbox', '-v', '4', file, log=FOLDER / 'page.out'))
        wait_until(lambda: is_open(13001))
        boxes.append(start('/usr/sbin/smsbox', '-v', '4', file, log=FOLDER / 'page.out'))
        wait_until(lambda: is_open(13013))
        assert hand_over(user, password) == (202, '3: Queued for later delivery')
    finally:
        for box in reversed(boxes):
            end(box)
    kept = [log for log in (*LOGS.iterdir(), FOLDER / 'page.out') if b'918273' in log.read_bytes()]
    assert not kept
