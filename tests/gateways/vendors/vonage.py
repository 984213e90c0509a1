"""Vonage, written from:
  https://developer.vonage.com/en/api/sms              (POST /sms/json; HTTP 200 whatever came of it)
  https://developer.vonage.com/en/api-errors/sms       (the values of "status")
  https://developer.vonage.com/en/api/voice            (POST and GET /v1/calls; a call's states)
  https://developer.vonage.com/en/voice/voice-api/ncco-reference  (talk)
  https://developer.vonage.com/en/getting-started/concepts/authentication  (JWT: application_id, iat, jti, exp; RS256)
"""
from expectations import Seconds, Speech
from signatures import Jwt
from vendor import FORM, JSON, RING_TIMEOUT, TTL, Answer, Case, Preset, Status

KEY, SECRET = 'abcd1234', 'secret&with=signs+%41'
APPLICATION = 'aaaaaaaa-bbbb-cccc-dddd-0123456789ab'
WORDS = {
    '1': ('Throttled', 'retry'), '2': ('Missing to param', 'configuration'),
    '3': ('Invalid value for param', 'configuration'), '4': ('Bad Credentials', 'credentials'),
    '5': ('Internal Error', 'retry'), '6': ('Invalid Message', 'bad-number'), '7': ('Number Barred', 'bad-number'),
    '8': ('Partner Account Barred', 'credentials'), '9': ('Partner Quota Violation', 'configuration'),
    '10': ('Too Many Existing Binds', 'retry'), '11': ('Account Not Enabled For HTTP', 'configuration'),
    '12': ('Message Too Long', 'configuration'), '14': ('Invalid Signature', 'credentials'),
    '15': ('Invalid Sender Address', 'configuration'), '22': ('Invalid Network Code', 'configuration'),
    '23': ('Invalid Callback URL', 'configuration'), '29': ('Non-Whitelisted Destination', 'configuration'),
    '32': ('Signature And API Secret Disallowed', 'configuration'), '33': ('Number De-activated', 'bad-number'),
}


def text_answer(part):
    return Answer(200, {'message-count': '1', 'messages': [part]})


TEXT = Preset(
    name='vonage-text', channel='text-message', origin='https://rest.nexmo.com',
    secrets={'vonage-api-key': KEY, 'vonage-api-secret': SECRET},
    expected=lambda message: {'method': 'POST', 'path': '/sms/json', 'headers': {}, 'type': FORM, 'content': {
        'api_key': KEY, 'api_secret': SECRET, 'to': message.to[1:], 'from': '15005550006', 'text': message.text,
        'ttl': Seconds(TTL, 1000), 'client-ref': message.reference}},
    number=lambda got: got.content['to'],
    accepted=lambda name: text_answer({'to': '12055550100', 'message-id': name, 'status': '0',
                                       'remaining-balance': '3.14159265', 'message-price': '0.03330000',
                                       'network': '12345'}),
    cases=[
        *(Case(f'status {status}: {words}', text_answer({'status': status, 'error-text': words}), outcome, status)
          for status, (words, outcome) in WORDS.items()),
        Case('a status that nobody knows', text_answer({'status': '99', 'error-text': '?'}), 'configuration'),
        Case('HTTP 200 without any status', Answer(200, {'message-count': '0', 'messages': []}), 'configuration'),
    ])


def token(folder):
    return Jwt(folder / 'application.pub', {'application_id': APPLICATION})


def voice(folder):
    """`folder`: with the key pair of the application."""
    return Preset(
        name='vonage-voice', channel='voice-call', origin='https://api.nexmo.com',
        secrets={'vonage-private-key': (folder / 'application.key').read_text(encoding='ascii')},
        expected=lambda message: {
            'method': 'POST', 'path': '/v1/calls', 'headers': {'authorization': token(folder)}, 'type': JSON,
            'content': {'to': [{'type': 'phone', 'number': message.to[1:]}],
                        'from': {'type': 'phone', 'number': '15005550006'},
                        'ringing_timer': Seconds(RING_TIMEOUT, number=True), 'length_timer': 60,
                        'ncco': [{'action': 'talk', 'text': Speech(message.digits), 'language': 'en-US'}]}},
        number=lambda got: got.content['to'][0]['number'],
        accepted=lambda name: Answer(201, {'uuid': name, 'status': 'started', 'direction': 'outbound',
                                           'conversation_uuid': 'CON-f972836a-550f-45fa-956c-12a2ab5b7d22'}),
        cases=[
            Case('a number that is not valid', Answer(400, {
                'type': 'https://developer.vonage.com/api-errors/voice', 'title': 'Bad Request',
                'invalid_parameters': [{'name': 'to[0].number', 'reason': 'is invalid'}]}), 'bad-number'),
            Case('a sender that is not valid', Answer(400, {
                'type': 'https://developer.vonage.com/api-errors/voice', 'title': 'Bad Request',
                'invalid_parameters': [{'name': 'from.number', 'reason': 'is invalid'}]}), 'configuration'),
            Case('a token that is not believed', Answer(401, {'title': 'Unauthorized', 'type': 'UNAUTHORIZED'}),
                 'credentials'),
            Case('an application that may not call', Answer(403, {'title': 'Forbidden'}), 'credentials'),
            Case('too many requests', Answer(429, {'title': 'Rate Limit Hit'}), 'retry'),
            Case('a fault of Vonage\'s', Answer(500, {'title': 'Internal Server Error'}), 'unknown'),
        ],
        status=Status(
            words={'started': 'calling', 'ringing': 'ringing', 'answered': 'speaking', 'machine': 'speaking',
                   'completed': 'played', 'busy': 'busy', 'timeout': 'no-answer', 'unanswered': 'no-answer',
                   'rejected': 'refused', 'failed': 'failed', 'cancelled': 'failed'},
            is_asked=lambda got: got.method == 'GET',
            call_of=lambda got: got.path.removeprefix('/v1/calls/'),
            expected=lambda call: {'method': 'GET', 'path': f'/v1/calls/{call}', 'type': '', 'content': '',
                                   'headers': {'authorization': token(folder)}},
            answer=lambda word: Answer(200, {'uuid': 'u', 'status': word, 'direction': 'outbound'})))


PRESETS = [TEXT, voice]
