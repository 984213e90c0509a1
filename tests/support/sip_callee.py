"""A telephone that answers: baresip, a SIP program that shares nothing with ours but its protocol library.

    with Callee(folder, port=5072, press_after=0.5) as callee:
        ...                                   # somebody calls sip:...@127.0.0.1:5072
        heard = digits_heard(callee.recording())
"""
import json
import pathlib
import socket
import subprocess
import threading
import time
import wave

MODULES = '/usr/lib/baresip/modules'
CONFIGURATION = '''\
poll_method             epoll
sip_listen              {address}:{port}
sip_certificate         {certificate}
call_local_timeout      120
call_max_calls          8
audio_player            aubridge,nowhere{port}
audio_source            aufile,{silence}
audio_alert             aubridge,alert{port}
ausrc_srate             8000
auplay_srate            8000
ausrc_channels          1
auplay_channels         1
audio_txmode            thread
audio_level             no
ausrc_format            s16
auplay_format           s16
auenc_format            s16
audec_format            s16
rtp_timeout             60
jitter_buffer_delay     5-10
module_path             {modules}
module                  g711.so
module                  aufile.so
module                  aubridge.so
module                  sndfile.so
module                  srtp.so
module_tmp              uuid.so
module_tmp              account.so
module_app              ctrl_tcp.so
module_app              menu.so
ctrl_tcp_listen         127.0.0.1:{control}
snd_path                {recordings}
net_interface           {address}
'''


class Callee:
    """Takes UDP and TCP at `port` and TLS at `port` + 1; is controlled at `port` + 2.

    number       whom it is; everybody else gets 404
    codec        'PCMU' or 'PCMA'
    press_after  seconds after answering at which key `key` is pressed; None: nobody presses (a voice mail)
    hang_up_after  seconds after answering at which it hangs up; None: it waits for the caller to do so
    answers      False: it rings for ever
    certificate  PEM with key and certificate, for TLS
    srtp         refuses sound that is not encrypted
    """

    def __init__(self, folder, port, number='+12055550123', codec='PCMU', press_after=None, key='1',
                 hang_up_after=None, answers=True, certificate='', srtp=False, address='127.0.0.1'):
        self.folder = pathlib.Path(folder)
        self.port = port
        self.recordings = self.folder / 'recordings'
        self.press_after, self.key, self.hang_up_after = press_after, key, hang_up_after
        self.events = []
        self._changed = threading.Condition()
        self._process = self._control = None
        self.recordings.mkdir(parents=True)
        silence = self.folder / 'silence.wav'
        with wave.open(str(silence), 'wb') as sound:
            sound.setparams((1, 2, 8000, 0, 'NONE', None))
            sound.writeframes(bytes(2 * 8000 * 120))
        (self.folder / 'config').write_text(CONFIGURATION.format(
            address=address, port=port, control=port + 2, silence=silence, modules=MODULES,
            recordings=self.recordings, certificate=certificate), encoding='utf-8')
        account = f'<sip:{number}@{address}:{port}>;regint=0;audio_codecs={codec}/8000/1'
        account += ';answermode=auto' if answers else ';answermode=manual'
        account += ';mediaenc=srtp-mand' if srtp else ''
        (self.folder / 'accounts').write_text(account + '\n', encoding='utf-8')
        (self.folder / 'contacts').write_text('', encoding='utf-8')

    def __enter__(self):
        with (self.folder / 'log').open('wb') as log:
            self._process = subprocess.Popen(['/usr/bin/baresip', '-f', self.folder], stdin=subprocess.DEVNULL,
                                             stdout=log, stderr=log, start_new_session=True)
        end = time.monotonic() + 10
        while self._control is None:
            try:
                self._control = socket.create_connection(('127.0.0.1', self.port + 2))
            except OSError:
                if time.monotonic() > end or self._process.poll() is not None:
                    raise RuntimeError((self.folder / 'log').read_text(errors='replace')) from None
                time.sleep(0.02)
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._control.close()

    def command(self, name, parameters=None):
        message = {'command': name}
        if parameters is not None:
            message['params'] = parameters
        text = json.dumps(message).encode()
        self._control.sendall(b'%d:%s,' % (len(text), text))

    def press(self, key):
        self.command('sndcode', key)
        time.sleep(0.2)
        self.command('sndcode', '\x04')  # lets the key go

    def wait_for(self, event, within=60):
        """Waits until `event` ("CALL_ESTABLISHED", "CALL_CLOSED") happened."""
        with self._changed:
            if not self._changed.wait_for(lambda: any(seen == event for seen, _ in self.events), within):
                raise AssertionError(f'no {event} within {within} s, but {self.events}')

    def recording(self, within=60):
        """The file with what was heard, once the call is over."""
        self.wait_for('CALL_CLOSED', within)
        time.sleep(0.3)  # the file is closed after the event
        files = sorted(self.recordings.glob('*dec.wav'))
        assert files, 'nothing was recorded'
        return files[-1]

    def forget(self):
        """Before another call to the same callee."""
        with self._changed:
            self.events.clear()
        for file in self.recordings.iterdir():
            file.unlink()

    def _listen(self):
        for message in self._messages():
            event = message.get('type')
            if event is None:
                continue
            with self._changed:
                self.events.append((event, message.get('param', '')))
                self._changed.notify_all()
            if event == 'CALL_ESTABLISHED':
                if self.press_after is not None:
                    threading.Timer(self.press_after, self._quietly, (self.press, self.key)).start()
                if self.hang_up_after is not None:
                    threading.Timer(self.hang_up_after, self._quietly, (self.command, 'hangup')).start()

    @staticmethod
    def _quietly(action, *arguments):
        try:
            action(*arguments)
        except OSError:
            pass  # the test is over

    def _messages(self):
        """Netstrings of JSON."""
        pending = b''
        while True:
            try:
                more = self._control.recv(65536)
            except OSError:
                return
            if not more:
                return
            pending += more
            while b':' in pending:
                length, _, rest = pending.partition(b':')
                if len(rest) < int(length) + 1:
                    break
                yield json.loads(rest[:int(length)])
                pending = rest[int(length) + 1:]
