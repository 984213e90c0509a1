"""A PAM application of our own, through the real libpam: whom it signs in as, what it was told and asked, and how long
that took. sshd and others put a fork, a random delay and words of their own around it; this does not."""
import ctypes
import dataclasses
import pathlib
import time

SUCCESS, CONV_ERR = 0, 19
SERVICE, RHOST, TTY, RUSER = 1, 4, 3, 8
ECHO_OFF, ECHO_ON = 1, 2

pam = ctypes.CDLL('libpam.so.0')
libc = ctypes.CDLL(None)
libc.calloc.restype = ctypes.c_void_p
libc.strdup.restype = ctypes.c_void_p
libc.strdup.argtypes = [ctypes.c_char_p]


class Message(ctypes.Structure):
    _fields_ = [('style', ctypes.c_int), ('text', ctypes.c_char_p)]


class Response(ctypes.Structure):
    _fields_ = [('text', ctypes.c_void_p), ('code', ctypes.c_int)]


CONVERSE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.POINTER(ctypes.POINTER(Message)),
                            ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p)


class Conversation(ctypes.Structure):
    _fields_ = [('converse', CONVERSE), ('data', ctypes.c_void_p)]


@dataclasses.dataclass
class Ended:
    code: int
    heard: list  # (style, text) of everything that was said and asked
    seconds: float


def write_stack(folder, service, *lines):
    """A PAM configuration of `folder`, for sign_in()."""
    folder = pathlib.Path(folder)
    folder.mkdir(exist_ok=True)
    (folder / 'other').write_text('auth required pam_deny.so\n', encoding='ascii')
    (folder / service).write_text('\n'.join(lines) + '\n', encoding='ascii')
    return folder


def sign_in(folder, service, user, answers=(), items=None, environment=()):
    """Authenticates once. The person hangs up when no answers are left."""
    left, heard = list(answers), []

    @CONVERSE
    def converse(count, messages, responses, _data):
        block = libc.calloc(count, ctypes.sizeof(Response))
        array = ctypes.cast(block, ctypes.POINTER(Response))
        for i in range(count):
            message = messages[i].contents
            heard.append((message.style, message.text.decode()))
            if message.style in (ECHO_OFF, ECHO_ON):
                if not left:
                    libc.free(ctypes.c_void_p(block))
                    return CONV_ERR
                array[i].text = libc.strdup(left.pop(0).encode())
        responses[0] = block
        return SUCCESS

    handle = ctypes.c_void_p()
    conversation = Conversation(converse, None)
    assert pam.pam_start_confdir(service.encode(), user.encode(), ctypes.byref(conversation), str(folder).encode(),
                                 ctypes.byref(handle)) == SUCCESS
    for item, value in (items or {}).items():
        assert pam.pam_set_item(handle, item, value.encode()) == SUCCESS
    for variable in environment:
        assert pam.pam_putenv(handle, variable.encode()) == SUCCESS
    began = time.perf_counter()
    code = pam.pam_authenticate(handle, 0)
    seconds = time.perf_counter() - began
    pam.pam_end(handle, code)
    return Ended(code, heard, seconds)
