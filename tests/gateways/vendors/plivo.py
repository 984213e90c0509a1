"""Plivo, written from:
  https://www.plivo.com/docs/messaging/api/message/send-a-message  (POST /v1/Account/ID/Message/, log, message_expiry)
  https://www.plivo.com/docs/voice/phlo  and the resource Phlo of github.com/plivo/plivo-python (phlorunner, its answer
  has api_id, phlo_id and message)
  https://www.plivo.com/docs/messaging/api/response-and-error-codes  (by HTTP status; an error is {"api_id", "error"})
"""
from expectations import Basic, Seconds, Speech
from vendor import JSON, TTL, Answer, Case, Preset

ID, TOKEN, FLOW = 'MAXXXXXXXXXXXXXXXXXX', 'plivo/token+&', 'aaaaaaaa-bbbb-cccc-dddd-0123456789ab'
SECRETS = {'plivo-auth-id': ID, 'plivo-auth-token': TOKEN}


def request(path, content):
    return {'method': 'POST', 'path': path, 'headers': {'authorization': Basic(ID, TOKEN)}, 'type': JSON,
            'content': content}


def error(status, words):
    return Answer(status, {'api_id': '2bcdaa1a-0000-11ee-a0b5-0242ac110005', 'error': words})


COMMON = [
    Case('a wrong token', Answer(401, 'Could not verify your access level for that URL.', 'text/html'), 'credentials'),
    Case('no credit', error(402, 'insufficient balance'), 'configuration'),
    Case('too many requests', error(429, 'rate limit exceeded'), 'retry'),
    Case('a fault of Plivo\'s', error(500, 'internal server error'), 'unknown'),
]

TEXT = Preset(
    name='plivo-text', channel='text-message', origin='https://api.plivo.com', secrets=SECRETS,
    expected=lambda message: request(f'/v1/Account/{ID}/Message/', {
        'src': '15005550006', 'dst': message.to[1:], 'text': message.text, 'log': 'false',
        'message_expiry': Seconds(TTL, number=True)}),
    number=lambda got: got.content['dst'],
    accepted=lambda name: Answer(202, {'api_id': '2bcdaa1a', 'message': 'message(s) queued', 'message_uuid': [name]}),
    cases=[
        Case('a number that is not valid', error(400, 'dst parameter is invalid'), 'bad-number'),
        Case('a sender that is not valid', error(400, 'src parameter is not valid'), 'configuration'),
        *COMMON,
    ])

VOICE = Preset(
    name='plivo-voice', channel='voice-call', origin='https://phlorunner.plivo.com', secrets=SECRETS,
    expected=lambda message: request(f'/v1/account/{ID}/phlo/{FLOW}', {
        'from': '15005550006', 'to': message.to[1:], 'speech': Speech(message.digits), 'language': message.language}),
    number=lambda got: got.content['to'],
    accepted=lambda name: Answer(201, {'api_id': name, 'phlo_id': FLOW, 'message': 'PHLO Run Successfully'}),
    cases=[Case('a flow that is not there', error(404, 'phlo not found'), 'configuration'), *COMMON])

PRESETS = [TEXT, VOICE]
