"""Amazon Web Services, written from:
  the service models of botocore: sns 2010-03-31 (protocol query, Publish), pinpoint-sms-voice-v2 2022-03-31 (protocol
  json 1.0, SendTextMessage and SendVoiceMessage, the reasons of their exceptions)
  https://docs.aws.amazon.com/sns/latest/dg/sms_sending-overview.html  (message attributes)
  https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html         (faults of authentication)
  https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html (Signature Version 4)
"""
import dataclasses

from expectations import Seconds, Speech, Xml
from signatures import SigV4
from vendor import FORM, TTL, Answer, Case, Preset

ID, KEY = 'AKIDEXAMPLE', 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
TOKEN = 'FwoGZXIvYXdzEXAMPLE//token+of/a/role=='
SECRETS = {'aws-access-key-id': ID + '\n', 'aws-secret-access-key': KEY}
DATE = type('Date', (), {'fault': lambda self, got, _: '' if len(got) == 16 else 'is no date'})()
ATTRIBUTE = 'MessageAttributes.entry.1.'


def sns_error(status, code, words, kind='Sender'):
    return Answer(status, f'<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>{kind}</Type>'
                  f'<Code>{code}</Code><Message>{words}</Message></Error><RequestId>r</RequestId></ErrorResponse>',
                  'text/xml')


def sns_errors(outcome, status, *codes):
    return [Case(code, sns_error(status, code, 'words'), outcome, code) for code in codes]


def with_token(text):
    """As its comment says for an instance with a role."""
    text = text.replace('[secrets]\n', '[secrets]\nsession_token = "/etc/ssp-mfa/secrets/aws-session-token"\n')
    return text.replace('[request]\n', '[request]\nsession_token = "{secret.session_token}"\n')


SNS = Preset(
    name='aws-sns', channel='text-message', origin='https://sns.us-east-1.amazonaws.com', secrets=SECRETS,
    expected=lambda message: {
        'method': 'POST', 'path': '/', 'type': FORM,
        'headers': {'authorization': SigV4(ID, KEY, 'sns', 'us-east-1'), 'x-amz-date': DATE},
        'content': {'Action': 'Publish', 'Version': '2010-03-31', 'PhoneNumber': message.to, 'Message': message.text,
                    ATTRIBUTE + 'Name': 'AWS.SNS.SMS.SMSType', ATTRIBUTE + 'Value.DataType': 'String',
                    ATTRIBUTE + 'Value.StringValue': 'Transactional'}},
    number=lambda got: got.content['PhoneNumber'],
    accepted=lambda name: Answer(200, '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">'
                                 '<PublishResult>'
                                 f'<MessageId>{name}</MessageId></PublishResult><ResponseMetadata><RequestId>r'
                                 '</RequestId></ResponseMetadata></PublishResponse>', 'text/xml'),
    cases=[
        *sns_errors('bad-number', 400, 'InvalidParameter', 'ParameterValueInvalid', 'OptedOut'),
        *sns_errors('retry', 400, 'Throttling', 'KMSThrottling', 'ThrottlingException'),
        *sns_errors('retry', 429, 'Throttled'),
        *sns_errors('retry', 500, 'InternalError', 'InternalFailure'),
        *sns_errors('retry', 503, 'ServiceUnavailable'),
        *sns_errors('credentials', 403, 'AuthorizationError', 'AccessDenied', 'InvalidClientTokenId',
                    'SignatureDoesNotMatch', 'ExpiredToken', 'InvalidSecurity', 'MissingAuthenticationToken',
                    'OptInRequired'),
        *sns_errors('credentials', 400, 'IncompleteSignature'),
        *sns_errors('configuration', 400, 'ValidationException', 'MissingAction', 'InvalidAction', 'MissingParameter',
                    'EndpointDisabled'),
        *sns_errors('configuration', 404, 'NotFound'),
    ])


def eum_error(status, kind, **more):
    return Answer(status, {'__type': f'com.amazonaws.pinpointsmsvoicev2#{kind}', 'Message': 'words', **more},
                  'application/x-amz-json-1.0')


def eum_errors(outcome, status, kind, *reasons):
    return [Case(f'{kind} {reason}', eum_error(status, kind, Reason=reason), outcome, reason) for reason in reasons]


def about_field(name):
    return eum_error(400, 'ValidationException', Reason='FIELD_VALIDATION_FAILED',
                     Fields=[{'Name': name, 'Message': 'is not valid'}])


EUM_CASES = [
    Case('a number that is not valid', about_field('DestinationPhoneNumber'), 'bad-number',
         'DestinationPhoneNumber'),
    Case('a sender that is not valid', about_field('OriginationIdentity'), 'configuration', 'FIELD_VALIDATION_FAILED'),
    *eum_errors('bad-number', 400, 'ConflictException', 'DESTINATION_PHONE_NUMBER_OPTED_OUT',
                'DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION',
                'DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE'),
    *eum_errors('bad-number', 400, 'ValidationException', 'DESTINATION_COUNTRY_BLOCKED', 'COUNTRY_NOT_ENABLED',
                'INTERNATIONAL_SENDING_NOT_SUPPORTED', 'INVALID_IDENTITY_FOR_DESTINATION_COUNTRY'),
    *eum_errors('configuration', 400, 'ValidationException', 'PRICE_OVER_THRESHOLD', 'SENDER_ID_NOT_REGISTERED',
                'SENDER_ID_NOT_SUPPORTED', 'SENDER_ID_REQUIRES_REGISTRATION', 'CHANNEL_NOT_ENABLED',
                'INVALID_PARAMETER', 'MISSING_PARAMETER', 'VOICE_CAPABILITY_NOT_AVAILABLE'),
    *[Case(f'{kind} without a reason', eum_error(400, kind), 'configuration', kind)
      for kind in ('ServiceQuotaExceededException', 'ValidationException', 'ConflictException')],
    Case('not allowed', eum_error(400, 'AccessDeniedException'), 'credentials', 'AccessDeniedException'),
    *eum_errors('configuration', 400, 'ConflictException', 'NO_ORIGINATION_IDENTITIES_FOUND',
                'DESTINATION_PHONE_NUMBER_NOT_VERIFIED', 'NUMBER_CAPABILITIES_MISMATCH', 'MESSAGE_TYPE_MISMATCH',
                'RESOURCE_NOT_ACTIVE'),
    *eum_errors('configuration', 400, 'ServiceQuotaExceededException', 'MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT',
                'MONTHLY_SPEND_LIMIT_REACHED_FOR_VOICE', 'DAILY_DESTINATION_CALL_LIMIT'),
    *eum_errors('credentials', 400, 'AccessDeniedException', 'ACCOUNT_DISABLED', 'INSUFFICIENT_ACCOUNT_REPUTATION'),
    Case('a resource that is not there', eum_error(400, 'ResourceNotFoundException', ResourceType='pool'),
         'configuration', 'ResourceNotFoundException'),
    Case('too many requests', eum_error(400, 'ThrottlingException'), 'retry', 'ThrottlingException'),
    Case('a fault of Amazon\'s', eum_error(500, 'InternalServerException', RequestId='r'), 'retry',
         'InternalServerException'),
    *[Case(kind, Answer(400, {'__type': f'com.amazon.coral.service#{kind}', 'message': 'words'}), 'credentials',
           kind)
      for kind in ('UnrecognizedClientException', 'InvalidSignatureException', 'ExpiredTokenException',
                   'MissingAuthenticationTokenException', 'IncompleteSignatureException')],
]


def eum(name, channel, operation, content):
    signature = SigV4(ID, KEY, 'sms-voice', 'us-east-1', ('host', 'x-amz-date', 'x-amz-target'))
    return Preset(
        name=name, channel=channel, origin='https://sms-voice.us-east-1.amazonaws.com', secrets=SECRETS,
        expected=lambda message: {
            'method': 'POST', 'path': '/', 'type': 'application/x-amz-json-1.0',
            'headers': {'authorization': signature, 'x-amz-date': DATE,
                        'x-amz-target': f'PinpointSMSVoiceV2.{operation}'},
            'content': {'DestinationPhoneNumber': message.to, 'OriginationIdentity': '+15005550006',
                        'TimeToLive': Seconds(TTL, number=True), **content(message)}},
        number=lambda got: got.content['DestinationPhoneNumber'],
        accepted=lambda name: Answer(200, {'MessageId': name}, 'application/x-amz-json-1.0'),
        cases=EUM_CASES)


def of_a_role():
    """SNS with keys that are good for some hours only: the token must be sent, and signed."""
    signature = SigV4(ID, KEY, 'sns', 'us-east-1', ('host', 'x-amz-date', 'x-amz-security-token'))
    return dataclasses.replace(
        SNS, name='aws-sns-role', change=with_token, secrets={**SECRETS, 'aws-session-token': TOKEN},
        expected=lambda message: {**SNS.expected(message), 'headers': {
            'authorization': signature, 'x-amz-date': DATE, 'x-amz-security-token': TOKEN}})


PRESETS = [
    SNS,
    of_a_role(),
    eum('aws-eum-text', 'text-message', 'SendTextMessage', lambda message: {
        'MessageBody': message.text, 'MessageType': 'TRANSACTIONAL', 'MaxPrice': '0.50'}),
    eum('aws-eum-voice', 'voice-call', 'SendVoiceMessage', lambda message: {
        'MessageBody': Xml('speak', '.', Speech(message.digits), {}), 'MessageBodyTextType': 'SSML',
        'VoiceId': 'JOANNA', 'MaxPricePerMinute': '0.50'}),
]
