"""What is left of a folder after a power cut: the part of power_shim.c that runs in the test."""
import ctypes
import os
import shutil
import struct

SECTOR = 512
AT_FDCWD, AT_SYMLINK_NOFOLLOW, STATX_BASIC_AND_BTIME = -100, 0x100, 0xfff
libc = ctypes.CDLL(None, use_errno=True)


def inode(file):
    """As power_shim.c writes it."""
    out = ctypes.create_string_buffer(256)
    if libc.statx(AT_FDCWD, os.fsencode(file), AT_SYMLINK_NOFOLLOW, STATX_BASIC_AND_BTIME, out) != 0:
        raise OSError(ctypes.get_errno(), os.fspath(file))
    number, = struct.unpack_from('<Q', out, 32)
    seconds, nanoseconds = struct.unpack_from('<qI', out, 80)
    return f'{number:x}-{seconds:x}-{nanoseconds:x}'


class Disk:
    """The folder's durable copy."""

    def __init__(self, folder, owner):
        self.folder, self.owner = folder, owner
        self.copy = folder / '.durable'

    def files(self):
        return [file for file in self.folder.iterdir() if file.is_file() and not file.name.endswith('-shm')]

    def begin(self):
        """All that lies there now is on the disk."""
        shutil.rmtree(self.copy, ignore_errors=True)
        self.copy.mkdir(mode=0o700)
        for file in self.files():
            shutil.copyfile(file, self.copy / inode(file))
        (self.copy / 'names').write_text(''.join(f'{file.name} {inode(file)}\n' for file in self.files()), encoding='ascii')
        for path in (self.copy, *self.copy.iterdir()):
            os.chown(path, *self.owner)

    def cut(self, chance):
        """Puts what was synced in the place of the folder; `chance` decides which sectors beyond arrived as well.
        Returns how many bytes were lost."""
        lost = 0
        there = {inode(file): file.read_bytes() for file in self.files()}
        after = {}
        for line in (self.copy / 'names').read_text(encoding='ascii').splitlines():
            name, number = line.split()
            kept = self.copy / number
            synced = kept.read_bytes() if kept.exists() else b''
            after[name] = mixed(synced, there.get(number, synced), chance)
            lost += sum(a != b for a, b in zip(there.get(number, b''), after[name])) if number in there else 0
            lost += max(0, len(there.get(number, b'')) - len(after[name]))
        for file in self.folder.iterdir():
            if file.is_file():
                file.unlink()
        for name, content in after.items():
            file = self.folder / name
            file.write_bytes(content)
            file.chmod(0o600)
            os.chown(file, *self.owner)
        self.begin()
        return lost


def mixed(synced, written, chance):
    """Every second cut only what was synced; else each sector that differs arrived or not."""
    if synced == written or chance.random() < 0.5:
        return synced
    length = max(len(synced), len(written)) if chance.random() < 0.5 else len(synced)
    out = bytearray(synced.ljust(length, b'\0'))
    for at in range(0, min(length, len(written)), SECTOR):
        if out[at:at + SECTOR] != written[at:at + SECTOR] and chance.random() < 0.5:
            part = written[at:at + SECTOR][:length - at]
            out[at:at + len(part)] = part
    return bytes(out)
