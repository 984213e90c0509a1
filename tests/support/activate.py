#!/usr/bin/python3
"""Starts a daemon as systemd does for a service with sockets (sd_listen_fds(3)): binds them as root, gives up
root, and executes the daemon with LISTEN_FDS.

activate.py --user NAME --socket PATH,MODE,OWNER,GROUP ... -- PROGRAM ARGUMENT...
"""
import argparse
import grp
import os
import pwd
import resource
import socket

FIRST = 3  # SD_LISTEN_FDS_START


def bind(description):
    """A listening socket at its path; whatever was there goes."""
    path, mode, owner, group = description.split(',')
    if os.path.lexists(path):
        os.unlink(path)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    before = os.umask(0o777 & ~int(mode, 8))
    listening.bind(path)
    os.umask(before)
    os.chown(path, pwd.getpwnam(owner).pw_uid, grp.getgrnam(group).gr_gid)
    os.chmod(path, int(mode, 8))
    listening.listen(512)
    return listening


def pass_on(listening):
    """Puts the sockets at 3, 4, 5, ..."""
    high = [os.dup2(one.detach(), 100 + number) for number, one in enumerate(listening)]
    for number, fd in enumerate(high):
        os.dup2(fd, FIRST + number, inheritable=True)
    os.closerange(FIRST + len(high), 200)


def become(user):
    person = pwd.getpwnam(user)
    os.setgroups(os.getgrouplist(user, person.pw_gid))
    os.setgid(person.pw_gid)
    os.setuid(person.pw_uid)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument('--user', required=True)
    parser.add_argument('--socket', action='append', default=[])
    parser.add_argument('command', nargs='+')
    words = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    pass_on([bind(description) for description in words.socket])
    become(words.user)
    os.umask(0o077)
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(words.socket)))
    os.chdir('/')
    os.execve(words.command[0], words.command, os.environ)


if __name__ == '__main__':
    main()
