#!/usr/bin/python3
"""A program for a provider of kind "command": hands one message to the Kannel of this host, and says with its exit code
what became of it (ssp-mfa-deliveryd(8))."""
import http.client
import json
import sys

ACCEPTED, BAD_NUMBER, TRY_LATER, NO_PERMISSION, CONFIGURATION, UNCLEAR = 0, 65, 75, 77, 78, 1
LIFE_OF_A_CODE = 5  # minutes


def main():
    message = json.loads(sys.stdin.readline())
    with open('/etc/ssp-mfa/secrets/kannel-password', encoding='ascii') as file:
        password = file.read().strip()
    headers = {'Content-Type': 'text/plain', 'X-Kannel-Username': 'otp', 'X-Kannel-Password': password,
               'X-Kannel-To': message['to'], 'X-Kannel-Validity': str(LIFE_OF_A_CODE)}
    gateway = http.client.HTTPConnection('127.0.0.1', 13013, timeout=8)
    try:
        gateway.connect()
    except OSError:
        return TRY_LATER
    try:
        gateway.request('POST', '/cgi-bin/sendsms', message['text'], headers)
        status = gateway.getresponse().status
    except (OSError, http.client.HTTPException):
        return UNCLEAR
    return {202: ACCEPTED, 400: BAD_NUMBER, 403: NO_PERMISSION, 503: TRY_LATER}.get(status, CONFIGURATION)


if __name__ == '__main__':
    sys.exit(main())
