#!/usr/bin/python3
"""An HTTP gateway for text messages, and what a gateway must not be able to do to us.

gateway.py PORT FILE [CERTIFICATE KEY]

Serves 127.0.0.1:PORT, with TLS when there is a certificate (and its key, in PEM). A message is a POST whose header To
has the number and whose body is the text; FILE gets one JSON object a line: to, text, path, at. The path says how the
gateway behaves, see below. Prints "listening" when it does.
"""
import asyncio
import json
import ssl
import sys
import time

ACCEPTED = b'HTTP/1.1 202 Accepted\r\nContent-Length: 3\r\n\r\n0: '
CHUNKED = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
SLOWLY = 5  # seconds
LONG = 3600


async def prompt(writer, _):
    writer.write(ACCEPTED)


async def slow(writer, _):
    await asyncio.sleep(SLOWLY)
    writer.write(ACCEPTED)


async def silent(_writer, _):
    await asyncio.sleep(LONG)


async def drip(writer, _):
    """A byte of header every quarter of a second."""
    for byte in b'HTTP/1.1 202 Accepted\r\n' + b'X-Padding: 0\r\n' * LONG:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.25)


async def endless(writer, _):
    """As much as the other end reads, without an end."""
    writer.write(CHUNKED)
    while True:
        writer.write(b'4000\r\n' + b'x' * 0x4000 + b'\r\n')
        await writer.drain()


async def endless_headers(writer, _):
    writer.write(b'HTTP/1.1 200 OK\r\n')
    while True:
        writer.write(b'X-Padding: ' + b'x' * 4096 + b'\r\n')
        await writer.drain()


async def huge(writer, _):
    """Says that a gigabyte comes, and sends it."""
    writer.write(b'HTTP/1.1 202 Accepted\r\nContent-Length: 1073741824\r\n\r\n')
    for _ in range(1 << 16):
        writer.write(b'0' * (1 << 14))
        await writer.drain()


async def redirect(writer, _):
    writer.write(b'HTTP/1.1 307 Temporary Redirect\r\nLocation: /prompt\r\nContent-Length: 0\r\n\r\n')


async def malformed(writer, _):
    writer.write(b'\x00\xff\x16\x03\x01 not HTTP at all \r\n\r\n' * 64)


async def cut_off(writer, _):
    writer.write(b'HTTP/1.1 202 Accepted\r\nContent-Length: 400\r\n\r\n0: Acc')


async def echo(writer, text):
    """Refuses, and says the whole message again in the status line, a header and a body of JSON."""
    body = json.dumps({'error': text, 'code': text})
    writer.write(f'HTTP/1.1 400 {text}\r\nX-Error: {text}\r\nContent-Length: {len(body)}\r\n\r\n{body}'.encode())


BEHAVIOURS = {f'/{one.__name__.replace("_", "-")}': one for one in (
    prompt, slow, silent, drip, endless, endless_headers, huge, redirect, malformed, cut_off, echo)}


async def serve(reader, writer, out):
    try:
        head = (await reader.readuntil(b'\r\n\r\n')).decode('latin-1').split('\r\n')
        path = head[0].split(' ')[1]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(':') for line in head[1:])}
        text = (await reader.readexactly(int(headers['content-length']))).decode()
        out.write(json.dumps({'to': headers['to'], 'text': text, 'path': path, 'at': time.time()}) + '\n')
        out.flush()
        await BEHAVIOURS[path](writer, text)
        await writer.drain()
        writer.close()
    except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
        writer.transport.abort()


async def main(port, file, certificate=None, key=None):
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
    with open(file, 'a', encoding='utf-8') as out:
        server = await asyncio.start_server(lambda reader, writer: serve(reader, writer, out), '127.0.0.1', int(port),
                                            ssl=context, backlog=512)
        print('listening', flush=True)
        await server.serve_forever()


if __name__ == '__main__':
    asyncio.run(main(*sys.argv[1:]))
