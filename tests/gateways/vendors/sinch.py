"""Sinch, written from:
  https://developers.sinch.com/docs/sms/api-reference/sms/batches         (POST /xms/v1/PLAN/batches)
  https://developers.sinch.com/docs/sms/api-reference/status-codes        (400 and 403 have "code" and "text")
  https://developers.sinch.com/docs/voice/api-reference/voice/callouts    (ttsCallout)
  https://developers.sinch.com/docs/voice/api-reference/voice/calls       (GET calls/id/ID: "result")
  https://developers.sinch.com/docs/voice/api-reference/errors            ("errorCode", five digits)
"""
from expectations import Basic, Moment, Speech
from vendor import JSON, TTL, Answer, Case, Preset, Status

PLAN, TOKEN, KEY, SECRET = 'plan123', 'sinch-token', '00000000-1111-2222-3333-444444444444', 'c2luY2gvc2VjcmV0+=='


def sms_error(status, code, words):
    return Answer(status, {'code': code, 'text': words})


TEXT = Preset(
    name='sinch-text', channel='text-message', origin='https://us.sms.api.sinch.com',
    secrets={'sinch-plan': PLAN, 'sinch-api-token': TOKEN},
    expected=lambda message: {
        'method': 'POST', 'path': f'/xms/v1/{PLAN}/batches', 'headers': {'authorization': 'Bearer ' + TOKEN},
        'type': JSON, 'content': {
            'type': 'mt_text', 'from': '15005550006', 'to': [message.to[1:]], 'body': message.text,
            'expire_at': Moment(TTL), 'client_reference': message.reference}},
    number=lambda got: got.content['to'][0],
    accepted=lambda name: Answer(201, {'id': name, 'to': ['12055550100'], 'from': '15005550006', 'canceled': False,
                                       'type': 'mt_text', 'created_at': '2026-11-24T10:00:00.000Z'}),
    cases=[
        Case('a number of the wrong form',
             sms_error(400, 'syntax_invalid_parameter_format', 'The format of the MSISDN is invalid'), 'bad-number'),
        Case('a number of a kind that gets nothing',
             sms_error(403, 'illegal_number_type', 'Illegal MSISDN number type'), 'bad-number', 'illegal_number_type'),
        Case('a field of the wrong form',
             sms_error(400, 'syntax_invalid_parameter_format', 'The value of expire_at is invalid'), 'configuration',
             'syntax_invalid_parameter_format'),
        Case('a field that is missing', sms_error(403, 'missing_parameter', 'A default originator is missing'),
             'configuration', 'missing_parameter'),
        Case('no JSON', sms_error(400, 'syntax_invalid_json', 'The JSON is invalid'), 'configuration',
             'syntax_invalid_json'),
        Case('a field too much', sms_error(400, 'syntax_constraint_violation', 'The request is too large'),
             'configuration', 'syntax_constraint_violation'),
        Case('a blocked account', sms_error(403, 'blocked_account', 'Your account is blocked'), 'credentials',
             'blocked_account'),
        Case('a wrong token', Answer(401, '', 'text/plain'), 'credentials'),
        Case('too many requests', Answer(429, {}), 'retry'),
        Case('a fault of Sinch\'s', Answer(500, {}), 'unknown'),
    ])


def voice_error(status, code, words):
    return Answer(status, {'errorCode': code, 'message': words, 'reference': 'a2028355-5164-41b6-aae9-2b8a546e0784'})


CALLS = '/calling/v1/calls/id/'
VOICE = Preset(
    name='sinch-voice', channel='voice-call', origin='https://calling.api.sinch.com',
    secrets={'sinch-app-key': KEY, 'sinch-app-secret': SECRET},
    expected=lambda message: {
        'method': 'POST', 'path': '/calling/v1/callouts', 'headers': {'authorization': Basic(KEY, SECRET)},
        'type': JSON, 'content': {'method': 'ttsCallout', 'ttsCallout': {
            'cli': '+15005550006', 'destination': {'type': 'number', 'endpoint': message.to}, 'locale': 'en-US',
            'text': Speech(message.digits), 'custom': message.reference}}},
    number=lambda got: got.content['ttsCallout']['destination']['endpoint'],
    accepted=lambda name: Answer(200, {'callId': name}),
    cases=[
        Case('40001: a number that is not valid', voice_error(400, 40001, 'Invalid parameters: destination.endpoint'),
             'bad-number'),
        Case('40001: another parameter', voice_error(400, 40001, 'Invalid parameters: locale'),
             'configuration', '40001'),
        Case('40002: a parameter that is missing', voice_error(400, 40002, 'Missing parameter: method'),
             'configuration', '40002'),
        Case('40100: a wrong key', voice_error(401, 40100, 'Authorization required'),
             'credentials', '40100'),
        Case('40108: a wrong secret', voice_error(401, 40108, 'Invalid credentials'),
             'credentials', '40108'),
        Case('40200: no credit', voice_error(402, 40200, 'Insufficient funds'),
             'configuration', '40200'),
        Case('40300: not allowed', voice_error(403, 40300, 'Forbidden'),
             'credentials', '40300'),
        Case('42900: too many requests', voice_error(429, 42900, 'Too many requests'),
             'retry', '42900'),
        Case('50000: a fault of Sinch\'s', voice_error(500, 50000, 'Internal error'), 'unknown'),
    ],
    status=Status(
        words={'N/A': 'calling', 'ANSWERED': 'speaking', 'BUSY': 'busy', 'NOANSWER': 'no-answer', 'FAILED': 'failed'},
        is_asked=lambda got: got.method == 'GET',
        call_of=lambda got: got.path.removeprefix(CALLS),
        expected=lambda call: {'method': 'GET', 'path': CALLS + call, 'type': '', 'content': '',
                               'headers': {'authorization': Basic(KEY, SECRET)}},
        answer=lambda word: Answer(200, {'callId': 'c', 'domain': 'pstn', 'status': 'FINAL', 'result': word,
                                         'reason': 'N/A'})))

PRESETS = [TEXT, VOICE]
