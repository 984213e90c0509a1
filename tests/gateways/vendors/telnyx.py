"""Telnyx, written from:
  https://developers.telnyx.com/api-reference/messages/send-a-message
  https://developers.telnyx.com/api-reference/texml-rest-commands/initiate-an-outbound-call  (inline "Texml"; its answer
  is a flat object), .../texml-rest-commands/fetch-a-call  (status)
  https://developers.telnyx.com/development/api-fundamentals/api-errors  (codes, {"errors": [{"code", "title"}]})
"""
from expectations import Seconds, Speech, Xml
from vendor import JSON, RING_TIMEOUT, Answer, Case, Preset, Status

KEY = 'KEY0123456789ABCDEF'
ACCOUNT, APPLICATION = 'aaaaaaaa-bbbb-cccc-dddd-0123456789ab', '1293384261075731499'
CALLS = f'/v2/texml/Accounts/{ACCOUNT}/Calls'
BEARER = {'authorization': 'Bearer ' + KEY}


def errors(outcome, status, codes):
    return [Case(f'{code}: {title}', Answer(status, {'errors': [{
        'code': code, 'title': title, 'detail': title, 'meta': {'url': f'https://developers.telnyx.com/{code}'}}]}),
        outcome, code if outcome != 'unknown' else '') for code, title in codes.items()]


COMMON = [
    *errors('bad-number', 422, {'10001': 'Inactive phone number', '10002': 'Invalid phone number',
                                '10016': 'Phone number must be in +E.164 format'}),
    *errors('bad-number', 400, {'40310': "Invalid 'to' address"}),
    *errors('retry', 429, {'10011': 'Too many requests'}),
    *errors('credentials', 401, {'10009': 'Authentication failed'}),
    *errors('credentials', 403, {'10010': 'Authorization failed', '20002': 'API Key revoked',
                                 '20012': 'Account inactive'}),
    *errors('configuration', 403, {'20100': 'Insufficient Funds'}),
    *errors('configuration', 422, {'10015': 'Bad Request'}),
    *errors('unknown', 500, {'10007': 'Unexpected error'}),
]

TEXT = Preset(
    name='telnyx-text', channel='text-message', origin='https://api.telnyx.com', secrets={'telnyx-api-key': KEY},
    expected=lambda message: {
        'method': 'POST', 'path': '/v2/messages', 'headers': BEARER, 'type': JSON,
        'content': {'from': '+15005550006', 'to': message.to, 'text': message.text, 'type': 'SMS'}},
    number=lambda got: got.content['to'],
    accepted=lambda name: Answer(200, {'data': {'record_type': 'message', 'direction': 'outbound', 'id': name,
                                                'to': [{'phone_number': '+12055550100', 'status': 'queued'}]}}),
    cases=[
        *errors('bad-number', 400, {'40001': 'Not routable', '40300': 'Blocked due to STOP message',
                                    '40333': 'Destination not in allowed list'}),
        *errors('retry', 400, {'40006': 'Recipient server unavailable', '40008': 'Undeliverable',
                               '40014': 'Message expired in queue', '40318': 'Message queue full'}),
        *errors('configuration', 400, {'40010': 'Not 10DLC registered', '40305': "Invalid 'from' address",
                                       '40309': 'Alphanumeric sender not configured', '40312': 'Profile is disabled',
                                       '40313': 'Profile required', '40322': 'Message contains blocked content'}),
        *COMMON,
    ])

VOICE = Preset(
    name='telnyx-voice', channel='voice-call', origin='https://api.telnyx.com', secrets={'telnyx-api-key': KEY},
    expected=lambda message: {
        'method': 'POST', 'path': CALLS, 'headers': BEARER, 'type': JSON, 'content': {
            'ApplicationSid': APPLICATION, 'To': message.to, 'From': '+15005550006',
            'Timeout': Seconds(RING_TIMEOUT, number=True), 'TimeLimit': 60,
            'Texml': Xml('Response', 'Say', Speech(message.digits), {'voice': 'alice', 'language': 'en-US'})}},
    number=lambda got: got.content['To'],
    accepted=lambda name: Answer(200, {'sid': name, 'account_sid': ACCOUNT, 'from': '+15005550006',
                                       'to': '+12055550100', 'status': 'queued'}),
    cases=[
        *errors('bad-number', 422, {'90015': 'Invalid destination number', '90035': 'Destination not allowed'}),
        *errors('retry', 429, {'90042': 'Channel limit exceeded'}),
        *errors('configuration', 422, {'10013': 'Missing association', '10017': 'Associated resource does not exist'}),
        *COMMON,
    ],
    status=Status(
        words={'queued': 'calling', 'initiated': 'calling', 'ringing': 'ringing', 'in-progress': 'speaking',
               'completed': 'played', 'busy': 'busy', 'no-answer': 'no-answer', 'failed': 'failed',
               'canceled': 'failed'},
        is_asked=lambda got: got.method == 'GET',
        call_of=lambda got: got.path.removeprefix(CALLS + '/'),
        expected=lambda call: {'method': 'GET', 'path': f'{CALLS}/{call}', 'type': '', 'content': '',
                               'headers': BEARER},
        answer=lambda word: Answer(200, {'account_sid': ACCOUNT, 'sid': 's', 'status': word})))

PRESETS = [TEXT, VOICE]
