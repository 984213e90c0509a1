"""A process that loads pam_ssp_mfa.so, as sshd or sudo does, under fault_shim: it can be killed at each of its calls.

The process is a small server with the shim: for each order it forks, and the child asks PAM. An order and its answer
are a line of JSON each.
"""
import ctypes
import json
import os
import pathlib
import subprocess
import sys

from shim import Control

SERVICES = pathlib.Path('/etc/pam.d')
PAM_PROMPT_ECHO_OFF, PAM_PROMPT_ECHO_ON = 1, 2
NAMES = {0: 'PAM_SUCCESS', 4: 'PAM_SYSTEM_ERR', 7: 'PAM_AUTH_ERR', 9: 'PAM_AUTHINFO_UNAVAIL', 11: 'PAM_MAXTRIES',
         25: 'PAM_IGNORE'}
PRELOADED = 'fault_shim of a module'


class Message(ctypes.Structure):
    _fields_ = [('style', ctypes.c_int), ('text', ctypes.c_char_p)]


class Response(ctypes.Structure):
    _fields_ = [('text', ctypes.c_void_p), ('code', ctypes.c_int)]


CONVERSATION = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.POINTER(ctypes.POINTER(Message)),
                                ctypes.POINTER(ctypes.POINTER(Response)), ctypes.c_void_p)


class Conversation(ctypes.Structure):
    _fields_ = [('function', CONVERSATION), ('data', ctypes.c_void_p)]


class PamProcess:
    """The test's side."""

    def __init__(self, house):
        self.service = f'faults-{os.getpid()}-{house.folder.name[:20]}'
        module = pathlib.Path('/usr/local/lib/pam_ssp_mfa_plain.so')
        if not module.exists():
            module.write_bytes(pathlib.Path(os.environ['SSP_PLAIN_BUILD'], 'pam_module/pam_ssp_mfa.so').read_bytes())
        (SERVICES / self.service).write_text(f'auth required {module} socket={house.door()}\n', encoding='utf-8')
        self.control = Control(house.folder / 'control-of-the-module')
        self._server = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env={**os.environ, **self.control.environment()})
        with open('/etc/passwd', 'r+', encoding='ascii') as passwd:
            known = passwd.read()
            for uid in range(7000, 7030):
                if f'person{uid}:' not in known:
                    passwd.write(f'person{uid}:x:{uid}:{uid}::/:/bin/sh\n')

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.control.disarm()
        self._server.stdin.close()
        self._server.wait()

    def order(self, person, answers):
        """`answers`: texts; {"key": ...} is an app's code for the key that is shown, at that step."""
        self._server.stdin.write(json.dumps([self.service, person.name, answers]) + '\n')
        self._server.stdin.flush()

    def result(self):
        return json.loads(self._server.stdout.readline())

    def sign_in(self, person, answers):
        """The name of what PAM said, or "killed"."""
        self.order(person, answers)
        return self.result()['result']


def authenticate(service, name, answers):
    """In the child."""
    from house import app_code, key_in  # pylint: disable=import-outside-toplevel
    pam, libc = ctypes.CDLL('libpam.so.0'), ctypes.CDLL(None)
    libc.calloc.restype = ctypes.c_void_p
    libc.strdup.restype = ctypes.c_void_p
    left = list(answers)

    def talk(count, messages, responses, _):
        out = ctypes.cast(libc.calloc(count, ctypes.sizeof(Response)), ctypes.POINTER(Response))
        for number in range(count):
            message = messages[number].contents
            if message.style not in (PAM_PROMPT_ECHO_OFF, PAM_PROMPT_ECHO_ON):
                continue
            if not left:
                return 19  # PAM_CONV_ERR
            answer = left.pop(0)
            if isinstance(answer, dict):
                answer = app_code(key_in(message.text.decode()), answer['step'])
            out[number].text = libc.strdup(answer.encode())
        responses[0] = out
        return 0

    conversation = Conversation(CONVERSATION(talk), None)
    handle = ctypes.c_void_p()
    if pam.pam_start(service.encode(), name.encode(), ctypes.byref(conversation), ctypes.byref(handle)) != 0:
        os._exit(120)
    os._exit(pam.pam_authenticate(handle, 0))


def serve():
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            authenticate(*order)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(json.dumps({'result': 'killed' if status < 0 else NAMES.get(status, str(status))}), flush=True)


if __name__ == '__main__':
    serve()
