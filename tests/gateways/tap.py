"""The Test Anything Protocol, as meson reads it."""


class Results:
    """Sentences that hold or do not."""

    def __init__(self):
        self.lines = []

    def check(self, sentence, fault):
        """`fault`: "" when it holds, else why it does not."""
        self.lines.append((sentence, fault))

    def say(self):
        """Prints all. True: one does not hold, or there was none."""
        print(f'1..{len(self.lines)}')
        for number, (sentence, fault) in enumerate(self.lines, 1):
            print(f'{"not ok" if fault else "ok"} {number} - {sentence}')
            for line in fault.splitlines():
                print(f'# {line}')
        return not self.lines or any(fault for _, fault in self.lines)
