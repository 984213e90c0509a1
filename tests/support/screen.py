"""A real terminal (tmux) of 80 columns and 24 lines, and a picture of what it shows."""
import itertools
import pathlib
import re
import subprocess
import time

from PIL import Image, ImageDraw, ImageFont

FONT = '/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf'
WIDTH, HEIGHT = 10, 20  # of one cell, in pixels
PAPER, INK = (24, 24, 28), (226, 226, 226)
# Upper and lower half of a cell.
BLOCKS = {'\u2588': (True, True), '\u2580': (True, False), '\u2584': (False, True)}


class Screen:
    """A program in tmux, with 80 columns. Only what fits on the screen is seen."""

    _numbers = itertools.count()

    def __init__(self, *command, lines=24):
        self._socket = f'/run/tmux-{next(self._numbers)}'
        settings = pathlib.Path(f'{self._socket}.conf')
        settings.write_text('set-option -g remain-on-exit on\nset-option -g status off\n', encoding='ascii')
        self._tmux('-f', settings, 'new-session', '-d', '-x', '80', '-y', str(lines), '-s', 'screen', *map(str, command))
        self._program = pathlib.Path('/proc', self._tmux('display-message', '-p', '-t', 'screen', '#{pane_pid}').strip())

    def _tmux(self, *words):
        return subprocess.run(['tmux', '-u', '-S', self._socket, *words], check=True, capture_output=True,
                              text=True, env={'PATH': '/usr/bin', 'LANG': 'C.UTF-8', 'TERM': 'xterm-256color',
                                              'HOME': '/root'}).stdout

    def text(self):
        return self._tmux('capture-pane', '-p', '-t', 'screen')

    def wait_for(self, pattern, within=20):
        """The screen, once its text matches."""
        end = time.monotonic() + within
        while not re.search(pattern, self.text()):
            assert time.monotonic() < end, f'{pattern!r} did not come:\n{self.text()}'
            time.sleep(0.05)
        return self.text()

    def wait_for_end(self, within=20):
        """Until the program has ended. tmux itself sometimes does not notice (3.3a)."""
        end = time.monotonic() + within
        while self._runs():
            assert time.monotonic() < end, f'still running:\n{self.text()}'
            time.sleep(0.05)

    def _runs(self):
        try:
            return ') Z ' not in (self._program / 'stat').read_text(encoding='utf-8')
        except (FileNotFoundError, ProcessLookupError):  # it has gone, the second while its file was being read
            return False

    def type(self, text):
        """Types `text` and Enter."""
        self._tmux('send-keys', '-t', 'screen', '-l', text)
        self._tmux('send-keys', '-t', 'screen', 'Enter')

    def close(self):
        subprocess.run(['tmux', '-S', self._socket, 'kill-server'], check=False, capture_output=True)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()


def draw(text, file, columns=80, lines=24):
    """Draws the text of a screen: blocks as a terminal draws them, exact to the pixel; light on dark."""
    picture = Image.new('RGB', (columns * WIDTH, lines * HEIGHT), PAPER)
    pen = ImageDraw.Draw(picture)
    font = ImageFont.truetype(FONT, 16)
    for row, line in enumerate(text.split('\n')[:lines]):
        for column, character in enumerate(line[:columns]):
            left, top = column * WIDTH, row * HEIGHT
            if character in BLOCKS:
                for half, inked in enumerate(BLOCKS[character]):
                    if inked:
                        y = top + half * HEIGHT // 2
                        pen.rectangle((left, y, left + WIDTH - 1, y + HEIGHT // 2 - 1), fill=INK)
            elif character != ' ':
                pen.text((left, top), character, font=font, fill=INK)
    picture.save(file)


def read_qr_code(file):
    """The text of the one QR code in a picture, as a telephone would read it."""
    done = subprocess.run(['zbarimg', '--quiet', '--raw', '-Sdisable', '-Sqrcode.enable', file], check=False,
                          capture_output=True, text=True)
    assert done.returncode == 0, f'zbarimg read nothing from {pathlib.Path(file).name}'
    return done.stdout.strip()
