"""What the demo provider of ssp-mfa-deliveryd wrote instead of sending it."""
import json
import pathlib
import re
import time


def is_notice(message):
    """Whether a line of the outbox is a text message without a code."""
    return message['channel'] == 'text-message' and not re.match(r'[0-9A-Z]{2} \d{6} ', message['text'])


class Outbox:
    """One JSON object a line: to, channel, text, speech, at. Every code is handed out once, in order."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self._taken = 0

    def messages(self):
        if not self.path.exists():
            return []
        return [json.loads(line) for line in self.path.read_text(encoding='utf-8').splitlines()]

    def notices(self, number):
        """The texts to `number` that have no code: what the owner, or the administrator, is told."""
        return [message['text'] for message in self.messages() if message['to'] == number and is_notice(message)]

    def clear(self):
        self.path.unlink(missing_ok=True)
        self._taken = 0

    def next(self, number, channel, within=8):
        """The next code that nobody took yet; it must be to `number` (E.164) and by `channel`
        ("text-message" or "voice-call")."""
        end = time.monotonic() + within
        while time.monotonic() < end:
            messages = [message for message in self.messages() if not is_notice(message)]
            if len(messages) > self._taken:
                message = messages[self._taken]
                self._taken += 1
                assert (message['to'], message['channel']) == (number, channel)
                return message
            time.sleep(0.01)
        raise AssertionError(f'no {channel} to {number} in {within} s')

    def text_code(self, number):
        """The six digits of the next text message, and its two-character tag."""
        text = self.next(number, 'text-message')['text']
        found = re.match(r'(?P<tag>[0-9A-Z]{2}) (?P<code>\d{6}) ', text)
        assert found, 'a text message without tag and six digits'
        return found['code'], found['tag']

    def voice_code(self, number):
        """The digits that the next call speaks."""
        return re.sub(r'\D', '', self.next(number, 'voice-call')['speech'])
