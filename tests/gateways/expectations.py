"""What a request must be, part by part. A part is compared with ==, unless what is expected is one of the classes here:
then its method fault() says what is wrong, or nothing."""
import base64
import datetime
import re
import xml.etree.ElementTree

# What an HTTP client may add by itself.
OWN_HEADERS = {'host', 'user-agent', 'accept', 'content-length', 'content-type'}


class Seconds:
    """A time in seconds, times `unit`, as text or (`number`) as a number of JSON."""

    def __init__(self, seconds, unit=1.0, number=False):
        self.wanted = int(seconds * unit)
        self.number = number

    def fault(self, got, _):
        wanted = self.wanted if self.number else str(self.wanted)
        return '' if type(got) is type(wanted) and got == wanted else f'is {got!r}, not {wanted!r}'


class Moment:
    """That many seconds from now, ISO 8601 in UTC."""

    def __init__(self, seconds):
        self.seconds = seconds

    def fault(self, got, _):
        if not re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z', got):
            return f'is {got!r}, no moment in UTC'
        moment = datetime.datetime.fromisoformat(got.replace('Z', '+00:00'))
        away = (moment - datetime.datetime.now(datetime.timezone.utc)).total_seconds()
        return '' if self.seconds - 60 < away < self.seconds + 60 else f'is {got!r}, {away:.0f} s from now'


class Speech:
    """Words for a person, in which the digits come twice, each for itself, and nothing else is a digit."""

    def __init__(self, digits):
        self.digits = digits

    def fault(self, got, _):
        groups = re.findall(r'\d+', got)
        if groups != list(self.digits) * 2:
            return 'does not say each digit for itself, twice'
        return '' if re.search(r'[A-Za-z]{3}', got) else 'has no words'


class Xml:
    """A document in which `place` (a path of ElementTree) has the attributes and text that are expected."""

    def __init__(self, root, place, text, attributes):
        self.root, self.place, self.text, self.attributes = root, place, text, attributes

    def fault(self, got, request):
        try:
            tree = xml.etree.ElementTree.fromstring(got)
        except xml.etree.ElementTree.ParseError as error:
            return f'is no XML: {error}'
        element = tree if self.place == '.' else tree.find(self.place)
        if tree.tag != self.root or element is None:
            return f'has no {self.root}, {self.place}'
        return (difference(element.attrib, self.attributes, request, 'attributes') or
                difference(''.join(element.itertext()), self.text, request, 'text'))


class Basic:
    def __init__(self, user, password):
        self.wanted = 'Basic ' + base64.b64encode(f'{user}:{password}'.encode()).decode()

    def fault(self, got, _):
        return '' if got == self.wanted else 'is not the user and password'


def difference(got, wanted, request, place=''):
    """What is wrong with `got`, with its place; "" when nothing is."""
    if hasattr(wanted, 'fault'):
        fault = wanted.fault(got, request)
        return f'{place} {fault}' if fault else ''
    if isinstance(wanted, dict) and isinstance(got, dict):
        for name in sorted(wanted.keys() | got.keys()):
            if name not in got:
                return f'{place}/{name} is missing'
            if name not in wanted:
                return f'{place}/{name} should not be there'
            if fault := difference(got[name], wanted[name], request, f'{place}/{name}'):
                return fault
        return ''
    if isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
        for number, (one, other) in enumerate(zip(got, wanted)):
            if fault := difference(one, other, request, f'{place}/{number}'):
                return fault
        return ''
    # True == 1 in Python, and "1" is not 1 in JSON.
    return '' if type(got) is type(wanted) and got == wanted else f'{place} is {got!r}, not {wanted!r}'
