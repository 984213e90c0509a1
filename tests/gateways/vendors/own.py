"""Gateways that an organisation runs itself, written from:
  Kannel       https://www.kannel.org/download/1.4.5/userguide-1.4.5/userguide.html, "Using HTTP to send SMS messages"
               (POST with X-Kannel- headers), and what smsbox 1.4.5 of Debian 12 answered
  Jasmin       https://docs.jasminsms.com/en/latest/apis/ftp/index.html, "HTTP API" (/send, its answers and status)
  Asterisk     rest-api/api-docs/channels.json of Asterisk 20 (originateWithId, get a channel), res_ari.c (faults)
"""
from expectations import Basic, Seconds
from vendor import FORM, JSON, RING_TIMEOUT, TTL, Answer, Case, Preset, Status

USER, PASSWORD = 'ssp-mfa', 'pass&word=+%41'


def plain(status, words):
    return Answer(status, words, 'text/html')


KANNEL = Preset(
    name='kannel', channel='text-message', origin='http://127.0.0.1:13013',
    secrets={'kannel-username': USER + '\n', 'kannel-password': PASSWORD + '\n'},
    expected=lambda message: {
        'method': 'POST', 'path': '/cgi-bin/sendsms', 'type': 'text/plain; charset=UTF-8', 'content': message.text,
        'headers': {'x-kannel-username': USER, 'x-kannel-password': PASSWORD, 'x-kannel-from': '13013',
                    'x-kannel-to': message.to, 'x-kannel-validity': Seconds(TTL, 1 / 60)}},
    number=lambda got: got.headers['x-kannel-to'],
    accepted=lambda name: plain(202, '0: Accepted for delivery'),
    cases=[
        Case('no carrier is connected', plain(202, '3: Queued for later delivery'), 'queued'),
        Case('a number on a list',
             plain(400, 'Number(s) has/have been denied by white- and/or black-lists.'), 'bad-number'),
        Case('no number', plain(400, 'Missing receiver number, rejected'), 'bad-number'),
        Case('a body that it cannot read', plain(400, 'Invalid content-type'), 'configuration'),
        Case('wrong words', plain(403, 'Authorization failed for sendsms'), 'credentials'),
        Case('no such page', plain(404, 'Unknown request.'), 'configuration'),
        Case('the bearerbox is away', plain(503, 'Temporal failure, try again later.'), 'retry'),
    ])

JASMIN = Preset(
    name='jasmin', channel='text-message', origin='http://127.0.0.1:1401',
    secrets={'jasmin-username': USER, 'jasmin-password': PASSWORD},
    expected=lambda message: {
        'method': 'POST', 'path': '/send', 'type': FORM, 'headers': {}, 'content': {
            'username': USER, 'password': PASSWORD, 'from': '13013', 'to': message.to[1:], 'content': message.text,
            'validity-period': Seconds(TTL, 1 / 60), 'dlr': 'no'}},
    number=lambda got: got.content['to'],
    accepted=lambda name: plain(200, f'Success "{name}"'),
    cases=[
        Case('a number of the wrong form', plain(400, 'Error "Argument [to] has an invalid value: [12]."'),
             'bad-number'),
        Case('an argument that is missing', plain(400, 'Error "Mandatory argument [from] is not found."'),
             'configuration'),
        Case('wrong words', plain(403, 'Error "Authentication failure for username:ssp-mfa"'), 'credentials'),
        Case('not allowed', plain(403, 'Error "Authorization failed for username [ssp-mfa] (Can not send MT)."'),
             'credentials'),
        Case('no credit', plain(403, 'Error "Cannot charge submit_sm, check RouterPB log file for details"'),
             'configuration'),
        Case('no route', plain(412, 'Error "No route found"'), 'bad-number'),
        Case('no connector',
             plain(500, 'Error "Cannot send submit_sm, check SMPPClientManagerPB log file for details"'), 'retry'),
    ])

CHANNELS = '/ari/channels/'
ASTERISK = Preset(
    name='asterisk-ari', channel='voice-call', origin='http://127.0.0.1:8088',
    secrets={'asterisk-username': USER, 'asterisk-password': PASSWORD},
    expected=lambda message: {
        'method': 'POST', 'path': CHANNELS + message.reference, 'type': JSON,
        'headers': {'authorization': Basic(USER, PASSWORD)},
        'query': {'endpoint': f'PJSIP/{message.to}@trunk', 'context': 'ssp-mfa', 'extension': 's', 'priority': '1',
                  'callerId': '12055550100', 'timeout': Seconds(RING_TIMEOUT)},
        'content': {'variables': {'SSP_MFA_DIGITS': message.digits, 'CHANNEL(language)': message.language}}},
    number=lambda got: got.query['endpoint'].removeprefix('PJSIP/').removesuffix('@trunk'),
    accepted=lambda name: Answer(200, {'id': name, 'name': 'PJSIP/trunk-00000001', 'state': 'Down',
                                       'protocol_id': '', 'language': 'en'}),
    cases=[
        Case('this call is under way', Answer(409, {'message': 'Channel with given unique ID already exists'}),
             'accepted'),
        Case('a trunk that is not there', Answer(400, {'message': 'Invalid endpoint specified'}), 'configuration'),
        Case('wrong words', Answer(401, {'message': 'Authentication required'}), 'credentials'),
        Case('a user that may only read', Answer(403, {'message': 'Write access denied'}), 'credentials'),
        Case('the trunk is away', Answer(500, {'message': 'Allocation failed'}), 'retry'),
        Case('a fault of Asterisk\'s', Answer(500, {'message': 'Internal error'}), 'unknown'),
    ],
    ids=lambda message: message.reference,
    status=Status(
        words={'Down': 'calling', 'Rsrvd': 'calling', 'OffHook': 'calling', 'Dialing': 'calling', 'Ring': 'ringing',
               'Ringing': 'ringing', 'Up': 'answered', 'Busy': 'busy'},
        is_asked=lambda got: got.method == 'GET',
        call_of=lambda got: got.path.removeprefix(CHANNELS),
        expected=lambda call: {'method': 'GET', 'path': CHANNELS + call, 'type': '', 'content': '',
                               'headers': {'authorization': Basic(USER, PASSWORD)}},
        answer=lambda word: Answer(200, {'id': 'c', 'state': word})))

PRESETS = [KANNEL, JASMIN, ASTERISK]
