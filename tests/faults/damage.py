"""What happens to files: each damage is a function of (path, chance), and a sentence that says what it did."""
import os
import pathlib
import shutil
import socket
import sqlite3

PAGE = 4096


def overwrite(path, at, data, keep_time=False):
    """`keep_time`: as a disk does it that rots, and not as a program does that writes."""
    before = path.stat()
    with path.open('r+b', buffering=0) as file:
        file.seek(at)
        file.write(data)
    if keep_time:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def flip_bits(path, chance, pages=1, keep_time=False, begin=0):
    """One bit in each of some pages, half of them where something is written: returns where."""
    content = path.read_bytes()
    flipped = []
    for _ in range(pages):
        page = chance.randrange(begin, max(begin + 1, len(content) // PAGE)) * PAGE
        written = [at for at in range(page, min(page + PAGE, len(content))) if content[at]]
        at = chance.choice(written) if written and chance.random() < 0.7 else page + chance.randrange(PAGE)
        if at < len(content):
            bit = chance.randrange(8)
            overwrite(path, at, bytes([content[at] ^ 1 << bit]), keep_time)
            flipped.append((at, bit))
    return flipped


def write_garbage(at, length=8):
    return lambda path, chance: overwrite(path, at, b'\xff' * length)


def cut_to(length):
    """`length`: in bytes, or a fraction of what is there."""
    def cut(path, chance):
        os.truncate(path, int(path.stat().st_size * length) if isinstance(length, float) else length)
    return cut


def remove(path, chance):
    path.unlink()


def fill_with_garbage(path, chance):
    path.write_bytes(chance.randbytes(max(path.stat().st_size, 3 * PAGE)))


def overwrite_all(path, chance):
    overwrite(path, 0, chance.randbytes(path.stat().st_size))


def overwrite_all_unseen(path, chance):
    overwrite(path, 0, chance.randbytes(path.stat().st_size), keep_time=True)


def a_copy_over(other):
    return lambda path, chance: path.write_bytes(other.read_bytes())


def put_instead(make):
    """Takes the file away and has `make` put something else under its name, as its owner."""
    def put(path, chance):
        owner = path.stat()
        path.rename(f'{path}.aside')
        make(path)
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
    return put


def a_socket(path):
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


def another_programs_database(path):
    with sqlite3.connect(path) as made:
        made.execute('CREATE TABLE installation (id INTEGER PRIMARY KEY, clean INTEGER)')
    made.close()
    path.chmod(0o600)


def a_copy_of(other):
    def copy(path):
        shutil.copy(other, path)
        path.chmod(0o600)
    return copy


def put(other):
    """Where nothing was."""
    return lambda path, chance: a_copy_of(other)(path)


NO_FILES = {
    'a folder': put_instead(lambda path: path.mkdir(0o700)),
    'a FIFO': put_instead(lambda path: os.mkfifo(path, 0o600)),
    'a socket': put_instead(a_socket),
    'a symbolic link to itself': put_instead(lambda path: path.symlink_to(f'{path}.aside')),
    'a link to nothing': put_instead(lambda path: path.symlink_to('/nowhere')),
    'a file with a second name': put_instead(lambda path: path.hardlink_to(f'{path}.aside')),
}
UNREADABLE = {
    'empty': cut_to(0),
    'cut to 10 bytes': cut_to(10),
    'garbage': fill_with_garbage,
}


def clear(path):
    """Takes away whatever lies under that name."""
    aside = pathlib.Path(f'{path}.aside')
    for one in (path, aside):
        if one.is_dir() and not one.is_symlink():
            one.rmdir()
        else:
            one.unlink(missing_ok=True)
