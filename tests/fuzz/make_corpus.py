#!/usr/bin/python3
"""Writes the first inputs of each fuzz target to corpus/TARGET/. Inputs that fuzzing found are added by hand.

make_corpus.py [FOLDER]      FOLDER: corpus beside this file
"""
import base64
import pathlib
import struct
import sys

corpus = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent / 'corpus')


def write(target, name, content):
    folder = corpus / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())


def field(tag, value):
    return struct.pack('<BH', tag, len(value)) + value


def u8(tag, value):
    return field(tag, struct.pack('<B', value))


def u16(tag, value):
    return field(tag, struct.pack('<H', value))


def u32(tag, value):
    return field(tag, struct.pack('<I', value))


def u64(tag, value):
    return field(tag, struct.pack('<Q', value))


def frame(payload):
    return struct.pack('<H', len(payload)) + payload


# --- protocol/message.h -------------------------------------------------------------------------------
CONVERSATION = 0x1122334455667788


def begin(auth_info=b'', has=1, name=b'alice', groups=(1000, 27)):
    return bytes([1]) + b''.join([
        u16(1, 1), u64(2, CONVERSATION), u8(3, 1), u32(4, 1000), u32(5, 0), u32(6, 0xffffffff), field(7, name),
        field(8, b'sshd'), field(9, b'client.example'), field(10, b'ssh'), field(11, b''), field(12, b'192.0.2.7'),
        field(13, b'7f3a'), u8(14, has), field(15, auth_info), field(16, struct.pack(f'<{len(groups)}I', *groups))])


MESSAGES = {
    'begin': begin(b'publickey ssh-ed25519 AAAA\n'),
    'begin_without_auth_info': begin(has=0, groups=()),
    'request': bytes([4]) + u16(1, 1) + u64(2, CONVERSATION) + field(3, b'user\0show\0alice\0'),
    'answer': bytes([2]) + u64(1, CONVERSATION) + u32(2, 3) + field(3, b'123456'),
    'answer_empty': bytes([2]) + u64(1, CONVERSATION) + u32(2, 3) + field(3, b''),
    'leave': bytes([3]) + u64(1, CONVERSATION),
    'ask': bytes([17]) + u64(1, CONVERSATION) + u32(2, 1) + u8(3, 1) + field(4, b'Verification code: '),
    'ask_qr': bytes([17]) + u64(1, CONVERSATION) + u32(2, 1) + u8(3, 1) +
              field(4, '█▀▄ \nKey: JBSW Y3DP\nVerification code: '.encode()),
    'tell': bytes([18]) + u64(1, CONVERSATION) + u32(2, 2) + u8(3, 0) + field(4, b'Signed in.\n'),
    'verdict_accepted': bytes([19]) + u64(1, CONVERSATION) + u32(2, 3) + u32(3, 0x5AC3A96F),
    'verdict_rejected': bytes([19]) + u64(1, CONVERSATION) + u32(2, 3) + u32(3, 0x91E40D33),
    'wait': bytes([21]) + u64(1, CONVERSATION) + u32(2, 2),
    'row': bytes([20]) + u64(1, CONVERSATION) + u32(2, 1) + field(3, b'name\0alice\0state\0enrolled\0'),
    'refused_unknown_kind': bytes([99]) + u64(1, CONVERSATION),
    'refused_tell_escape_sequence': bytes([18]) + u64(1, CONVERSATION) + u32(2, 2) + u8(3, 0) + field(4, b'\x1b[2J'),
    'refused_answer_with_nul': bytes([2]) + u64(1, CONVERSATION) + u32(2, 3) + field(3, b'12\x003456'),
    'refused_answer_fields_swapped': bytes([2]) + u32(2, 3) + u64(1, CONVERSATION) + field(3, b'123456'),
}
for name, payload in MESSAGES.items():
    write('codec', name, payload)
write('frame', 'one', frame(MESSAGES['answer']))
write('frame', 'three', frame(MESSAGES['ask']) + frame(MESSAGES['tell']) + frame(MESSAGES['verdict_accepted']))
write('frame', 'refused_half', frame(MESSAGES['begin'])[:40])
write('frame', 'refused_length_zero', b'\0\0' + MESSAGES['leave'])
write('frame', 'refused_length_too_great', b'\xff\xff' + MESSAGES['leave'])
write('frame', 'longest', frame(b'x' * 16384))

# --- protocol/delivery_message.h ----------------------------------------------------------------------
REFERENCE = b'00112233445566778899aabbccddeeff'


def delivery(kind, number, *fields):
    return bytes([kind]) + u32(1, number) + b''.join(fields)


SURVEYED = delivery(84, 1, field(2, b'kannel'), field(3, b'http'), u8(4, 1), u8(5, 0), u8(6, 2), u8(7, 0),
                    u16(8, 28), *(u32(tag, tag) for tag in range(9, 18)), u64(18, 1795424400), u64(19, 1795424460),
                    field(20, b'HTTP 401'))
DELIVERY = {
    'judge': delivery(65, 1, u16(2, 1), u8(3, 1), field(4, b'US'), field(5, b'205 555 0123')),
    'judged_usable': delivery(81, 1, u8(2, 1), field(3, b'+12055550123'), field(4, b''),
                              field(5, b'US')),
    'judged_not': delivery(81, 1, u8(2, 0), field(3, b''), field(4, b'This is not a mobile number.'),
                           field(5, b'')),
    'deliver_text': delivery(66, 2, u16(2, 1), u8(3, 1), u16(4, 20), field(5, b'+12055550123'),
                             field(6, b'K7: 123456 is your SSP code. Valid 5 minutes.'), field(7, b''),
                             field(8, b'K7'), field(9, REFERENCE), field(10, b'en')),
    'deliver_call': delivery(66, 3, u16(2, 1), u8(3, 2), u16(4, 20), field(5, b'+12055550123'), field(6, b''),
                             field(7, b'12345'), field(8, b'K7'), field(9, REFERENCE), field(10, b'en')),
    'delivered': delivery(82, 2, u8(2, 1)),
    'release': delivery(67, 3),
    'called': delivery(83, 3, u8(2, 2)),
    'survey': delivery(68, 1, u16(2, 1)),
    'trial': delivery(69, 2, u16(2, 1), u8(3, 1), field(4, b'US'), field(5, b'205 555 0123'), field(6, b'en'),
                      field(7, b'')),
    'trial_of_one': delivery(69, 2, u16(2, 1), u8(3, 2), field(4, b'DE'), field(5, b'+4915123456789'), field(6, b'de'),
                             field(7, b'trunk')),
    'refused_trial_provider_path': delivery(69, 2, u16(2, 1), u8(3, 1), field(4, b'US'), field(5, b'205 555 0123'),
                                            field(6, b'en'), field(7, b'../x')),
    'surveyed': SURVEYED,
    'refused_surveyed_cut': SURVEYED[:-20],
    'step': delivery(85, 2, u32(2, 85), field(3, b'kannel: accepted after 85 ms: HTTP 202')),
    'refused_step_two_lines': delivery(85, 2, u32(2, 85), field(3, b'one\ntwo')),
    'finished': delivery(86, 2),
    'refused_called_state_0': delivery(83, 3, u8(2, 0)),
    'refused_deliver_text_and_digits': delivery(66, 2, u16(2, 1), u8(3, 1), u16(4, 20), field(5, b'+12055550123'),
                                                field(6, b'text'), field(7, b'12345'), field(8, b'K7'),
                                                field(9, REFERENCE), field(10, b'en')),
    'refused_begin': MESSAGES['begin'],
}
for name, payload in DELIVERY.items():
    write('delivery_codec', name, payload)


# --- SSH_AUTH_INFO_0 -----------------------------------------------------------------------------------
def string(value):
    return struct.pack('>I', len(value)) + value


def line(method, kind, blob, tail=''):
    return f'{method} {kind} {base64.b64encode(blob).decode()}{tail}\n'


ED25519 = string(b'ssh-ed25519') + string(bytes(range(32)))
RSA = string(b'ssh-rsa') + string(b'\x01\x00\x01') + string(b'\x00' + b'\xb8' * 128)
ECDSA = string(b'ecdsa-sha2-nistp256') + string(b'nistp256') + string(b'\x04' + bytes(64))
CERTIFICATE = (string(b'ssh-ed25519-cert-v01@openssh.com') + string(b'n' * 32) + string(bytes(range(32))) +
               struct.pack('>QI', 7, 1) + string(b'id') + string(string(b'alice')) + struct.pack('>QQ', 0, 2**64 - 1) +
               string(b'') + string(b'') + string(b'') + string(ED25519) + string(string(b'ssh-ed25519') + string(b's' * 64)))
write('ssh_auth_info', 'ed25519', line('publickey', 'ssh-ed25519', ED25519))
write('ssh_auth_info', 'rsa', line('publickey', 'ssh-rsa', RSA))
write('ssh_auth_info', 'ecdsa', line('publickey', 'ecdsa-sha2-nistp256', ECDSA))
write('ssh_auth_info', 'certificate', line('publickey', 'ssh-ed25519-cert-v01@openssh.com', CERTIFICATE))
write('ssh_auth_info', 'refused_unknown_certificate',
      line('publickey', 'ssh-new-cert-v02@openssh.com', string(b'ssh-new-cert-v02@openssh.com') + string(b'n')))
write('ssh_auth_info', 'two_keys', line('publickey', 'ssh-ed25519', ED25519) + line('publickey', 'ssh-rsa', RSA))
write('ssh_auth_info', 'key_and_password', line('publickey', 'ssh-ed25519', ED25519) + 'password\n')
write('ssh_auth_info', 'hostbased', line('hostbased', 'ssh-ed25519', ED25519, ' alice client.example'))
write('ssh_auth_info', 'keyboard_interactive', 'keyboard-interactive/pam\n')
write('ssh_auth_info', 'refused_no_newline', line('publickey', 'ssh-ed25519', ED25519)[:-1])
write('ssh_auth_info', 'refused_long_length', line('publickey', 'ssh-ed25519', b'\xff\xff\xff\xffssh-ed25519'))
write('ssh_auth_info', 'refused_nine_keys', line('publickey', 'ssh-ed25519', ED25519) * 9)
write('ssh_auth_info', 'refused_type_of_another', line('publickey', 'ssh-rsa', ED25519))

# --- base32 and otpauth: length of the key, key, name ---------------------------------------------------
for size in (0, 1, 2, 3, 4, 5, 20, 64):
    write('totp', f'key_of_{size}', bytes([size]) + bytes(range(size)) + b'alice')
write('totp', 'hostile_name', bytes([20]) + b'12345678901234567890' + 'a&secret=x\n%00@corp é'.encode())
write('totp', 'code', bytes([20]) + b'12345678901234567890' + b'755224')

# --- journal ----------------------------------------------------------------------------------------------
write('journal', 'plain', b'alice\x00192.0.2.7')
write('journal', 'forged_line', b'alice\nNov 23 sshd[1]: Accepted publickey for root\x00192.0.2.7')
write('journal', 'forged_field', b'alice source=10.0.0.1\x00192.0.2.7')
write('journal', 'quotes', b'al"ice" source="x\x00\\" source=')
write('journal', 'escape_sequence', b'\x1b]0;title\x07\x00\xff\xfe')
write('journal', 'empty', b'\x00')

# --- audit_lines --------------------------------------------------------------------------------------------
write('audit_lines', 'ordinary', b'\x1f'.join([b'sign-in-accepted', b'alice', b'self', b'sshd', b'192.0.2.7', b'app',
                                               b'reference 7K4Q-92']))
write('audit_lines', 'hostile', b'\x1f'.join([b'e"}\n{"record":"row"', b'\x1b[2J\x07', b'\\u0000', b'\x00', b'\xff\xfe',
                                              b'\xc3\xa4\xe2\x80\xa8', b'\xed\xa0\x80\x7f']))
write('audit_lines', 'empty', b'\x1f' * 6)

# --- addresses --------------------------------------------------------------------------------------------
for name, text in {
        'v4': '192.0.2.7', 'v6': '2001:db8::7', 'mapped': '::ffff:192.0.2.7', 'network4': '10.20.0.0/16',
        'network6': '2001:db8::/32', 'refused_host_bits': '10.20.0.1/16', 'refused_everything': '0.0.0.0/0', 'refused_loopback': '127.0.0.1',
        'refused_holds_loopback': '126.0.0.0/7', 'refused_zone': 'fe80::1%eth0', 'refused_name': 'localhost', 'refused_octal': '010.1.1.1',
        'refused_bits_129': '2001:db8::/129', 'refused_bits_sign': '10.0.0.0/+8', 'refused_nul': '10.0.0.0\0/8'}.items():
    write('network', name, text)

# --- what ssp-mfa-call says --------------------------------------------------------------------------------
write('call_words', 'played', b'calling\nringing\nanswered\nspeaking\nplayed\n')
write('call_words', 'busy', b'calling\nbusy 486 Busy Here\n')
write('call_words', 'number_of_a_carrier', b'refused 404 User +12055550123 not found\n')
write('call_words', 'refused_no_event', b'ring\n')
write('call_words', 'refused_no_line', b'ringing')
write('call_words', 'refused_long', b'ringing ' + b'x' * 200 + b'\n')
write('call_words', 'refused_escape_sequence', b'\x1b[2J\n')
write('call_words', 'refused_empty', b'\n')

# --- what ssp-mfa-call reads -------------------------------------------------------------------------------
CALL = ('{"account":{"proxy":"sips:sbc.example:5061","from":"sip:+12055550100@example.com","user":"u","password":"p",'
        '"register":true,"ca_file":"/etc/ca.pem","srtp":"required"},"to":"+12055550123","digits":"01234","language":"es",'
        '"confirm_key":false,"ring_seconds":30,"total_seconds":90,"recordings":"/srv/sounds","reference":"aabb"}')
write('call_request', 'everything', CALL)
write('call_request', 'refused_number', CALL.replace('+12055550123', '+1205@evil.example'))
write('call_request', 'refused_line_end', CALL.replace('"user":"u"', '"user":"u\\r\\nVia: x"'))
write('call_request', 'refused_unknown_name', CALL.replace('"language"', '"languages"'))
write('call_request', 'refused_deep', '[' * 500)
write('call_request', 'refused_cut', CALL[:200])
INLINE = 'inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz'
write('call_server', 'key', f'c1 AES_CM_128_HMAC_SHA1_80 {INLINE}|2^20')
write('call_server', 'refused_master_key_identifier', f'c1 AES_CM_128_HMAC_SHA1_80 {INLINE}|2^20|1:4')
write('call_server', 'refused_other_suite', f'c1 F8_128_HMAC_SHA1_80 {INLINE}')
write('call_server', 'pressed', 'kSignal=1\r\nDuration=160\r\n')
write('call_server', 'refused_other_key', 'kSignal=11\r\n')
write('call_server', 'words', b'\xbaBusy\r\nplayed\x1b[2J')


def wave_file(samples, rate=8000, kind=1):
    data = struct.pack(f'<{len(samples)}h', *samples)
    return (b'RIFF' + struct.pack('<I', 36 + len(data)) + b'WAVEfmt ' +
            struct.pack('<IHHIIHH', 16, kind, 1, rate, 2 * rate, 2, 16) + b'data' + struct.pack('<I', len(data)) + data)


write('wave', 'plain', wave_file([1, -2, 32767, -32768]))
write('wave', 'twice_the_rate', wave_file([1, 2, 3], 16000))
write('wave', 'other_chunk', wave_file([7])[:12] + b'LIST\x03\0\0\0abc\0' + wave_file([7])[12:])
write('wave', 'size_that_lies', wave_file([1, 2])[:40] + b'\xff\xff\xff\xff' + wave_file([1, 2])[44:])
write('wave', 'refused_mu_law', wave_file([1], kind=7))
write('wave', 'refused_size_of_the_format_that_lies', wave_file([1])[:16] + b'\xff\xff\xff\xff' + wave_file([1])[20:])
write('wave', 'refused_rate', wave_file([1], 44100))

# --- the configuration ------------------------------------------------------------------------------------
write('config', 'everything', '''profile = "nist"
demo = false
user = "ssp-mfa"
[files]
database = "/var/lib/ssp-mfa/ssp-mfa.db"
[sockets]
signin = "/run/ssp-mfa/signin.sock"
[methods]
text_message = true
voice_digits = 6
[codes]
life = "5m"
tries_per_sign_in = 3
[enrolment]
mode = "first-sign-in"
[trust]
days = 30
max_idle = "7d"
ssh_services = ["sshd"]
networks = ["10.20.0.0/16", "2001:db8::/32"]
[texts]
issuer = "SSP"
support_contact = "Portal Support 205 555 0100"
[guessing]
yearly_points = 900
deny = 5
unlock_time = "30m"
[sending]
between = "30s"
[phones]
home_region = "US"
regions = ["US", "CA"]
deny_prefixes = ["+1900"]
''')
write('config', 'outbox', 'kind = "outbox"\nchannels = ["text-message", "voice-call"]\nfile = "/var/lib/demo/outbox"\n')
write('config', 'command', 'kind = "command"\nchannels = ["text-message"]\nargv = ["/usr/bin/send", "--json"]\ndeadline = 10\n')
write('config', 'sip', 'kind = "sip"\nchannels = ["voice-call"]\nproxy = "sips:[2001:db8::7]:5061"\nfrom = "sip:+12055550100@example.org"\nring_timeout = "40s"\n')
write('config', 'refused_sip_texts', 'kind = "sip"\nchannels = ["text-message"]\nproxy = "sip:a"\nfrom = "sip:a@b"\n')
write('config', 'wording', (pathlib.Path(__file__).resolve().parents[2] / 'conf/messages/fr.toml').read_bytes())
write('config', 'refused_unquoted_letter', 'text = \u0429\n')
write('config', 'refused_unknown_key', '[trust]\ndayz = 30\n')
write('config', 'refused_wrong_type', '[trust]\ndays = "thirty"\n')
write('config', 'refused_key_twice', '[trust]\ndays = 30\ndays = 29\n')
write('config', 'refused_out_of_bounds', '[codes]\nlife = "11m"\ntries_per_sign_in = 99999999999999999999\n')
write('config', 'refused_not_utf8', b'user = "\xff\xfe"\n')
write('config', 'refused_escape_in_key', '"\\u001b[2J" = 1\n')
write('config', 'refused_dates_and_fractions', 'a = 1979-05-27T07:32:00Z\nb = 0.1\nc = nan\n')
write('config', 'refused_deep', 'a = ' + '[' * 200 + ']' * 200 + '\n')
write('config', 'refused_unfinished', '[trust\ndays = ')
write('config', 'refused_control_in_table_name', b'[\x0f\0st]\n')
write('config', 'refused_sign_in_table_name', '[$]\n')
write('config', 'refused_foreign_key', '\u0429 = 1\n')
write('config', 'refused_foreign_comment', '  # f\u00fcr die \u0429\n[trust]\ndays = 30\n')
write('config', 'refused_foreign_text', 'user = """\\\n # \u0429 \u3000"""\n')

# --- typed answers: how many options, then what was typed ---------------------------------------------------
for name, text in {
        'option': '\x032', 'option_spaced': '\x03 1 \n', 'letter': '\x03R', 'code': '\x03123456', 'code_spaced': '\x03123 456',
        'recovery_code': '\x030123-4567-89ABC', 'recovery_code_read_wrong': '\x03oil3 4567 89abc',
        'refused_option_beyond': '\x034', 'refused_option_nought': '\x030', 'refused_empty': '\x03',
        'refused_password': '\x03correct horse battery staple', 'refused_nine_digits': '\x03123456789',
        'refused_fake': '\x03\b\n\r\x7fINCORRECT', 'refused_long': '\x03' + '1' * 600}.items():
    write('answers', name, text)

# --- a file of an HTTP provider, and its gateway's answer -----------------------------------------------------
TEXT = 'kind = "http"\nchannels = ["text-message"]\n'
CALL = 'kind = "http"\nchannels = ["voice-call"]\n'
REQUEST = '[request]\nurl = "https://gateway.example/v1/{reference}?a=b"\n'
RULES = ('[answer]\nid = "json:/sid"\n[[rule]]\nstatus = [400, "5xx"]\nmatch = "json:/errors/0/code"\nin = ["21211", 7]\n'
         'outcome = "bad-number"\n[[rule]]\nmatch = "regex:<Code>([^<]+)</Code>"\noutcome = "retry"\n')
for name, text in {
        'form': TEXT + '[set]\ns = "+1"\n' + REQUEST + 'form = { To = "{to|digits}", From = "{s}", Body = "{text}", T = 3 }\n' +
                RULES + '\n----\n{"sid":"SM1","errors":[{"code":21211}]}',
        'json': TEXT + REQUEST + '[request.json]\nto = [ { n = "{to}", t = "{ttl|ms|int}" } ]\nx = { y = [true, -3, "{text|xml}"] }\n' +
                RULES + '\n----\n<Code>Throttled</Code>',
        'raw': TEXT + REQUEST + 'raw = "{{x} {text|url|xml} {ttl|iso}"\nheaders = { X-To = "{to}" }\nquery = { a = "{tag}" }\n\n----\n',
        'call': CALL + REQUEST + 'form = { c = "{code}", s = "{speech|xml}", d = "{digits_spoken}", r = "{ring_timeout}" }\n'
                '[answer]\nid = "json:/id"\n[status]\nurl = "https://gateway.example/{id}"\nstate = "json:/s~1t/0/~0"\n'
                'played = "done"\nbusy = ["busy"]\n\n----\n{"s/t":[{"~":"done"}]}',
        'auth': TEXT + '[set]\nk = "x"\n' + REQUEST + 'auth = "aws-sigv4"\nusername = "{k}"\npassword = "y"\nregion = "{k}"\n'
                'service = "sns"\n\n----\n[' + '[' * 500,
        'plain': TEXT + '[request]\nurl = "http://127.0.0.1:13013/send"\nallow_http = true\nmethod = "GET"\n'
                 'query = { text = "{text}" }\n\n----\n0: Accepted for delivery',
        'refused_name': TEXT + REQUEST + 'raw = "{too}"\n',
        'refused_filter': TEXT + REQUEST + 'raw = "{to|rot13}"\n',
        'refused_brace': TEXT + REQUEST + 'raw = "{to"\n',
        'refused_host': TEXT + '[request]\nurl = "https://{to}.example/"\n',
        'refused_plain': TEXT + '[request]\nurl = "http://127.0.0.1.example/"\nallow_http = true\n',
        'refused_two_bodies': TEXT + REQUEST + 'raw = "x"\nform = {}\n',
        'refused_pointer': TEXT + REQUEST + '[answer]\nid = "json:a"\n'}.items():
    write('http_provider', name, text)

# --- telephone numbers: channel and region, then what was typed ------------------------------------------------
for name, text in {
        'us': '\x00205 555 0123', 'us_call': '\x01(205) 555-0123', 'plus': '\x00+1 205 555 0123', 'german_house': '\x03030 901820',
        'british': '\x0407400 123456', 'refused_sixteen_digits': '\x03+..97693.4577.493.42', 'refused_house_text': '\x02030 901820', 'refused_denied': '\x020151 23456789',
        'refused_paid': '\x00900 555 0123', 'refused_country': '\x00+7 701 234 5678', 'refused_letters': '\x00205 555 CALL',
        'refused_extension': '\x00205 555 0123 ext. 4', 'refused_other_digits': '\x00\u0662\u0660\u0665 555 0123',
        'refused_empty': '\x00', 'refused_nul': '\x00205\x00555 0123', 'refused_long': '\x00' + '1' * 60}.items():
    write('phone_number', name, text)


# --- the whole way of the module: service, flags, fault, call, way, piece; texts of PAM; the helper --------------
def module(helper, service=0, flags=0, fault=(0, 0, 0), piece=255, rhost=b'192.0.2.7', auth_info=b'publickey ssh-ed25519 AAAA\n',
           answers=b'3\n492831'):
    said = b''.join(letter.encode() + bytes([len(text)]) + text for letter, text in helper)
    return bytes([service, flags, *fault, piece]) + b'\0'.join(
        [rhost, auth_info, b'1 (sudo) S ' + b'1 ' * 18 + b'4711 0', answers]) + b'\0' + said


DIALOGUE = [('t', b'Welcome.'), ('a', b'Passcode or option (1-3): '), ('w', b''), ('e', b'Careful.'),
            ('h', b'Verification code: '), ('y', b'')]
write('module', 'dialogue', module(DIALOGUE))
write('module', 'dialogue_byte_by_byte', module(DIALOGUE, service=1, piece=0))
write('module', 'at_once', module([('y', b'')], service=2, answers=b''))
write('module', 'session', module([('t', b'x'), ('y', b'')], flags=16))
write('module', 'interrupted', module(DIALOGUE, fault=(7, 2, 3)))
write('module', 'refused_no_verdict', module(DIALOGUE[:-1]))
write('module', 'refused_rejected', module([*DIALOGUE[:-1], ('n', b'')]))
write('module', 'refused_gap', module([('g', b''), ('y', b'')]))
write('module', 'refused_other_conversation', module([('o', b''), ('y', b'')]))
write('module', 'refused_row', module([('r', b'a\0b\0'), ('y', b'')]))
write('module', 'refused_silence', module([('w', b'')], flags=1))
write('module', 'refused_foreign_listener', module([('y', b'')], flags=2))
write('module', 'refused_person_gone', module(DIALOGUE, flags=4))
write('module', 'refused_another_user', module(DIALOGUE, flags=8))
write('module', 'refused_question_in_session', module(DIALOGUE, flags=16))
write('module', 'refused_unknown_user', module([('y', b'')], flags=32))
write('module', 'refused_no_answer', module(DIALOGUE, answers=b'3'))
write('module', 'refused_escape_sequence', module([('a', b'\x1b[2J'), ('y', b'')]))
write('module', 'refused_bytes', module([('x', b'\x05\0hello'), ('y', b'')]))
write('module', 'refused_long_answer', module(DIALOGUE, answers=b'1' * 600))
for call in range(1, 13):
    write('module', f'refused_fault_{call}', module(DIALOGUE, service=1, fault=(call, 0, 0)))
write('module', 'refused_second_send', module(DIALOGUE, fault=(8, 1, 0)))
write('module', 'refused_third_send', module(DIALOGUE, fault=(8, 2, 1)))
