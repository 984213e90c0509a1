"""What is in the memory of a process, as root sees it from outside."""
import pathlib
import re
import time


def readable(process):
    """The bytes of each range that can be read. A process may unmap one, or end, meanwhile."""
    folder = pathlib.Path('/proc', str(process))
    with (folder / 'mem').open('rb', buffering=0) as memory:
        for line in (folder / 'maps').read_text(encoding='utf-8', errors='replace').splitlines():
            ends, rights = line.split()[:2]
            if not rights.startswith('rw'):  # a program's own texts have examples of numbers
                continue
            start, end = (int(one, 16) for one in ends.split('-'))
            at = start
            while at < end:
                try:
                    memory.seek(at)
                    chunk = memory.read(min(end - at, 1 << 24))
                except OSError:  # never touched, or gone
                    break
                if not chunk:
                    break
                yield f'{line.split()[-1] if len(line.split()) > 5 else "anonymous"} {at:x}', chunk
                at += len(chunk)


def pattern(value):
    """Digits and letters alone are looked for as whole words: memory is full of tables of digits."""
    if isinstance(value, str):
        value = value.encode()
    word = re.escape(value)
    return rb'(?<![0-9])' + word + rb'(?![0-9])' if value.isdigit() else word


def found_in(process, values):
    """Which of `values`, a dictionary of name to text or bytes, is in the memory of this process, and where first."""
    found = {}
    patterns = {name: re.compile(pattern(value)) for name, value in values.items()}
    for where, chunk in readable(process):
        for name, looked_for in patterns.items():
            if name not in found and (hit := looked_for.search(chunk)):
                around = chunk[max(0, hit.start() - 40):hit.end() + 40]
                found[name] = f'{where}+{hit.start():x}: {around!r}'
    return found


def left_in(process, values, patience=10):
    """As found_in(), once what is over had time to go."""
    end = time.monotonic() + patience
    while (found := found_in(process, values)) and time.monotonic() < end:
        time.sleep(0.2)
    return found
