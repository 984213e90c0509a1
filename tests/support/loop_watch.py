#!/usr/bin/python3
"""How long ssp-mfa-deliveryd lets somebody wait who asks it something that it answers without waiting for anybody.

loop_watch.py SOCKET PID   asks every millisecond whether a number may be used, until standard input ends, and more than
                           100 times; then prints a JSON object: asked (how often), late (how often over 5 ms), longest
                           (milliseconds), and work: most milliseconds that the first thread of PID had a processor
                           during one wait. On a machine that does other things too, this is what the daemon itself is
                           to blame for.
"""
import json
import pathlib
import select
import socket
import struct
import sys
import time

LATE = 0.005


def field(tag, value):
    return struct.pack('<BH', tag, len(value)) + value


def judge(number):
    """A frame with the message judge (protocol/delivery_message.h)."""
    payload = (bytes([65]) + field(1, struct.pack('<I', number)) + field(2, struct.pack('<H', 1)) + field(3, b'\1') +
               field(4, b'US') + field(5, b'205 555 0123'))
    return struct.pack('<H', len(payload)) + payload


def one_answer(connection):
    head = connection.recv(2, socket.MSG_WAITALL)
    connection.recv(struct.unpack('<H', head)[0], socket.MSG_WAITALL)


def time_at_work(schedule):
    """Nanoseconds that a thread had a processor (proc(5))."""
    return int(schedule.read_bytes().split()[0])


def main():
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(sys.argv[1])
    print('asking', flush=True)
    schedule = pathlib.Path('/proc', sys.argv[2], 'task', sys.argv[2], 'schedstat')
    waits, work = [], 0
    ended = False
    while not ended or len(waits) <= 100:
        ended = bool(select.select([sys.stdin], [], [], 0.001)[0])
        worked_before = time_at_work(schedule)
        began = time.monotonic()
        connection.sendall(judge(len(waits) + 1))
        one_answer(connection)
        waits.append(time.monotonic() - began)
        work = max(work, time_at_work(schedule) - worked_before)
    print(json.dumps({'asked': len(waits), 'late': sum(wait > LATE for wait in waits),
                      'longest': round(1000 * max(waits), 1), 'work': round(work / 1e6, 1)}))


if __name__ == '__main__':
    main()
