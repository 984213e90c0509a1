"""Every code, key, number and password of the run, to be looked for afterwards."""


class UsedSecrets:
    def __init__(self):
        self._all = {}

    def note(self, what, value):
        self._all[value] = what

    def items(self):
        """Pairs of value and kind."""
        return list(self._all.items())
