"""Twilio, written from:
  https://www.twilio.com/docs/messaging/api/message-resource   (create a message; its parameters and answer)
  https://www.twilio.com/docs/voice/api/call-resource          (create a call, fetch a call, call status values)
  https://www.twilio.com/docs/voice/twiml/say, .../twiml/pause (TwiML; man and woman speak en, es, fr, de)
  https://www.twilio.com/docs/api/errors                       (codes)
  https://www.twilio.com/docs/usage/twilios-response           (the shape of an error)
"""
from expectations import Basic, Seconds, Speech, Xml
from vendor import FORM, RING_TIMEOUT, TTL, Answer, Case, Preset, Status

SID, TOKEN = 'AC' + '0123456789abcdef' * 2, 'token&with=signs/+ %41"'
ACCOUNT = f'/2010-04-01/Accounts/{SID}'
SECRETS = {'twilio-account-sid': SID + '\n', 'twilio-auth-token': TOKEN + '\n'}
ORIGIN = 'https://api.twilio.com'


def request(path, content):
    return {'method': 'POST', 'path': ACCOUNT + path, 'headers': {'authorization': Basic(SID, TOKEN)}, 'type': FORM,
            'content': content}


def error(status, code, message):
    return Answer(status, {'code': code, 'message': message, 'status': status,
                           'more_info': f'https://www.twilio.com/docs/errors/{code}'})


def errors(outcome, status, codes):
    return [Case(f'{code}: {message}', error(status, code, message), outcome, str(code))
            for code, message in codes.items()]


COMMON = [
    *errors('credentials', 401, {20003: 'Authenticate', 20006: 'Access Denied'}),
    *errors('credentials', 403, {20004: 'Method not allowed', 20005: 'Account not active'}),
    *errors('retry', 429, {20429: 'Too Many Requests'}),
    Case('a fault of Twilio\'s', error(500, 20500, 'Internal Server Error'), 'unknown'),
    Case('a parameter that is not known', error(400, 21601, 'Phone number is not a valid SMS-capable number'),
         'configuration'),
]

TEXT = Preset(
    name='twilio-text', channel='text-message', origin=ORIGIN, secrets=SECRETS,
    expected=lambda message: request('/Messages.json', {
        'To': message.to, 'From': '+15005550006', 'Body': message.text, 'ValidityPeriod': Seconds(TTL)}),
    number=lambda got: got.content['To'],
    accepted=lambda name: Answer(201, {'sid': name, 'status': 'queued', 'error_code': None, 'error_message': None}),
    cases=[
        *errors('bad-number', 400, {
            21211: "Invalid 'To' Phone Number", 21214: "'To' phone number cannot be reached",
            21217: 'Phone number does not appear to be valid', 21265: "'To' number cannot be a Short Code",
            21610: 'Attempt to send to unsubscribed recipient',
            21612: "Message cannot be sent with the current combination of 'To' and/or 'From' parameters",
            21614: "'To' number is not a valid mobile number", 21635: "'To' number cannot be a landline"}),
        *errors('bad-number', 403, {21408: 'Permission to send an SMS or MMS has not been enabled for the region'}),
        *errors('retry', 429, {14107: 'Message rate limit exceeded', 21611: "'From' number has exceeded the maximum",
                               30022: 'US A2P 10DLC Rate Limits Exceeded'}),
        *errors('credentials', 400, {30002: 'Account suspended'}),
        *errors('configuration', 400, {
            21603: "A 'From' phone number is required", 21606: "The 'From' phone number is not valid for your account",
            21608: 'The number is unverified. Trial accounts cannot send messages to unverified numbers',
            21617: 'The concatenated message body exceeds the 1600 character limit',
            21659: "'From' is not a Twilio phone number or Short Code country mismatch",
            21660: "Mismatch between the 'From' number and the account", 63038: 'Daily message limit exceeded'}),
        *COMMON,
    ])

VOICE = Preset(
    name='twilio-voice', channel='voice-call', origin=ORIGIN, secrets=SECRETS,
    expected=lambda message: request('/Calls.json', {
        'To': message.to, 'From': '+15005550006', 'Timeout': Seconds(RING_TIMEOUT), 'TimeLimit': '60',
        'Twiml': Xml('Response', 'Say', Speech(message.digits), {'voice': 'woman', 'language': message.language})}),
    number=lambda got: got.content['To'],
    accepted=lambda name: Answer(201, {'sid': name, 'status': 'queued', 'direction': 'outbound-api'}),
    cases=[
        *errors('bad-number', 400, {
            13223: 'Dial: Invalid phone number format', 13224: 'Dial: Invalid phone number',
            13225: 'Dial: Forbidden phone number', 13226: 'Dial: Invalid country code',
            13227: 'Dial: No International Authorization',
            21211: "Invalid 'To' Phone Number", 21214: "'To' phone number cannot be reached",
            21215: 'Geo Permission configuration is not permitting call', 21216: 'Call blocked by Twilio blocklist',
            21217: 'Phone number does not appear to be valid'}),
        *errors('retry', 429, {10004: 'Call concurrency limit exceeded'}),
        *errors('configuration', 400, {
            10001: 'Account is not active', 10002: 'Trial account does not support this feature',
            12100: 'Document parse failure', 21210: "'From' phone number not verified",
            21212: "Invalid 'From' Phone Number", 21219: "'To' phone number not verified",
            21235: 'Invalid TwiML'}),
        *COMMON,
    ],
    status=Status(
        words={'queued': 'calling', 'initiated': 'calling', 'ringing': 'ringing', 'in-progress': 'speaking',
               'completed': 'played', 'busy': 'busy', 'no-answer': 'no-answer', 'failed': 'failed',
               'canceled': 'failed'},
        is_asked=lambda got: got.method == 'GET',
        call_of=lambda got: got.path.removeprefix(ACCOUNT + '/Calls/').removesuffix('.json'),
        expected=lambda call: {'method': 'GET', 'path': f'{ACCOUNT}/Calls/{call}.json', 'type': '', 'content': '',
                               'headers': {'authorization': Basic(SID, TOKEN)}},
        answer=lambda word: Answer(200, {'sid': 'CA', 'status': word, 'duration': '0'})))

PRESETS = [TEXT, VOICE]
