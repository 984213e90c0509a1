"""How a vendor is described for the mock gateway; each module of vendors/ has a list of these, PRESETS."""
import dataclasses
import typing

FORM = 'application/x-www-form-urlencoded'
JSON = 'application/json'
TTL = 300          # seconds that a code lives
RING_TIMEOUT = 25  # seconds that a telephone rings


@dataclasses.dataclass
class Answer:
    """`body`: a text, or what becomes JSON."""
    status: int
    body: typing.Any
    content_type: str = JSON


@dataclasses.dataclass
class Case:
    """One answer and what must come of it. `answer`: None hangs up without a word."""
    sentence: str
    answer: Answer | None
    outcome: str
    code: str = ''                 # the vendor's, which the administrator must find in the log


@dataclasses.dataclass
class Status:
    """How the gateway is asked about a call that goes on. `words`: the vendor's word -> ours."""
    words: dict[str, str]
    is_asked: typing.Callable      # of a request
    call_of: typing.Callable       # the call's id in that request
    expected: typing.Callable      # of a call's id: the whole request
    answer: typing.Callable        # of a vendor's word


@dataclasses.dataclass
class Preset:
    """One file of conf/providers.d."""
    name: str
    channel: str
    origin: str                    # scheme, host and port of its url as shipped
    secrets: dict[str, str]        # name of its file -> content
    expected: typing.Callable      # of a message: the whole request, see Gateway.fault()
    number: typing.Callable        # of a request: where its message goes
    accepted: typing.Callable      # of an id: the answer
    cases: list[Case]
    status: Status | None = None
    ids: typing.Callable | None = None  # of a message: an id that the gateway does not choose
    file: str = ''                 # of conf/providers.d without .toml, when it is not the name
    change: typing.Callable = str  # of the file's text: what its comments say can be changed

    def __post_init__(self):
        self.file = self.file or self.name


# What no vendor documents. Whatever a preset says, this must come of it.
EVERYWHERE = [
    Case('a proxy says that the gateway is gone', Answer(502, '<html>Bad gateway</html>', 'text/html'), 'unknown'),
    Case('a page that is not there', Answer(404, '<html>Not found</html>', 'text/html'), 'configuration'),
    Case('a limiter in front says to wait', Answer(429, '', 'text/plain'), 'retry'),
    Case('a balancer in front has nobody to ask', Answer(503, '', 'text/html'), 'retry'),
    Case('something in front wants another password', Answer(401, '', 'text/plain'), 'credentials'),
    Case('the connection ends without an answer', None, 'unknown'),
]
