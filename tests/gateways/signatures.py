"""Whether a request was signed as its receiver wants, judged by others than the product: AWS Signature Version 4 by
botocore, which is Amazon's own client, a JSON Web Token (RFC 7519, RS256) by the command openssl."""
import base64
import datetime
import json
import subprocess
import tempfile
import time

import botocore.auth
import botocore.awsrequest
import botocore.credentials


class SigV4:
    """Authorization: AWS4-HMAC-SHA256 ... over the request as it arrived."""

    def __init__(self, key_id, key, service, region, must_sign=('host', 'x-amz-date')):
        self.signer = botocore.auth.SigV4Auth(botocore.credentials.Credentials(key_id, key), service, region)
        self.key_id, self.scope, self.must_sign = key_id, f'{region}/{service}/aws4_request', must_sign

    def fault(self, got, request):
        scheme, _, rest = got.partition(' ')
        parts = dict(part.strip().split('=', 1) for part in rest.split(','))
        if scheme != 'AWS4-HMAC-SHA256' or set(parts) != {'Credential', 'SignedHeaders', 'Signature'}:
            return 'is no signature of version 4'
        date = request.headers['x-amz-date']
        if parts['Credential'] != f'{self.key_id}/{date[:8]}/{self.scope}':
            return 'is for another key, day, region or service'
        age = datetime.datetime.now(datetime.timezone.utc) - datetime.datetime.strptime(
            date + '+0000', '%Y%m%dT%H%M%SZ%z')
        if abs(age.total_seconds()) > 300:
            return f'has the time {date}'
        signed = parts['SignedHeaders'].split(';')
        if missing := [name for name in self.must_sign if name not in signed]:
            return f'does not sign {missing}'
        return '' if parts['Signature'] == self.signature(request, signed, date) else 'is not what botocore signs'

    def signature(self, request, signed, date):
        again = botocore.awsrequest.AWSRequest(
            method=request.method, url=f'https://{request.headers["host"]}{request.target}', data=request.body,
            headers={name: request.headers[name] for name in signed if name != 'host'})
        again.context['timestamp'] = date
        if 'host' in signed:
            again.headers['Host'] = request.headers['host']
        # As add_auth() does, but without its own idea of date and headers: those of the request are judged.
        canonical = self.signer.canonical_request(again)
        return self.signer.signature(self.signer.string_to_sign(again, canonical), again)


class Jwt:
    """Authorization: Bearer TOKEN, signed with the private key of `public_key` (a PEM file), with these claims and the
    registered ones that a receiver needs."""
    seen = set()

    def __init__(self, public_key, claims):
        self.public_key, self.claims = public_key, claims

    def fault(self, got, _):
        if not got.startswith('Bearer ') or got.count('.') != 2:
            return 'is no token'
        head, claims, signature = got.removeprefix('Bearer ').split('.')
        if '=' in got.removeprefix('Bearer '):
            return 'is padded'
        if decoded(head) != {'alg': 'RS256', 'typ': 'JWT'}:
            return f'has the head {decoded(head)}'
        if not self.verifies(f'{head}.{claims}'.encode(), raw(signature)):
            return 'does not verify with openssl'
        return self.claims_fault(decoded(claims))

    def claims_fault(self, got):
        now = time.time()
        own = {name: value for name, value in got.items() if name not in ('iat', 'exp', 'jti')}
        if own != self.claims:
            return f'claims {own}, not {self.claims}'
        if not (isinstance(got.get('iat'), int) and now - 60 < got['iat'] < now + 5):
            return f'was issued at {got.get("iat")}'
        if not (isinstance(got.get('exp'), int) and now < got['exp'] <= now + 3600):
            return f'expires at {got.get("exp")}'
        if not isinstance(got.get('jti'), str) or len(got['jti']) < 16 or got['jti'] in self.seen:
            return 'has no jti of its own'
        self.seen.add(got['jti'])
        return ''

    def verifies(self, signed, signature):
        with tempfile.NamedTemporaryFile() as file:
            file.write(signature)
            file.flush()
            return subprocess.run(['openssl', 'dgst', '-sha256', '-verify', self.public_key, '-signature', file.name],
                                  input=signed, capture_output=True, check=False).returncode == 0


def raw(text):
    return base64.urlsafe_b64decode(text + '=' * (-len(text) % 4))


def decoded(text):
    return json.loads(raw(text))
