#!/usr/bin/python3
"""What the built module exports, needs and imports; says TAP.

binary_test.py MODULE FAULT_INJECTION_TEST
"""
import re
import subprocess
import sys

EXPORTS = {'pam_sm_authenticate', 'pam_sm_setcred', 'pam_sm_acct_mgmt', 'pam_sm_open_session',
           'pam_sm_close_session', 'pam_sm_chauthtok'}
NEEDED = {'libpam.so.0', 'libc.so.6'}
# Imported functions without a planted fault, each with its reason. What is in neither list fails the test.
HARMLESS = {
    'cannot fail': ('bcmp explicit_bzero free geteuid getpid getppid getuid memchr memcmp memcpy memmove memset pam_syslog '
                    'strchr strcmp strcspn strerror strlen strncmp strnlen strrchr __errno_location __stack_chk_fail'),
    'fails for a clock that does not exist only': 'clock_gettime',
    'weak, of the linker': '_ITM_deregisterTMCloneTable _ITM_registerTMCloneTable __gmon_start__ __cxa_finalize',
}


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def name_of(symbol):
    """Without its version; the fortified form is the same function."""
    return re.sub(r'^__(\w+)_chk$', r'\1', symbol.split('@')[0]) if not symbol.startswith('__stack') \
        else symbol.split('@')[0]


def main():
    module, fault_injection = sys.argv[1:]
    exports = {line.split()[-1].split('@')[0] for line in output('nm', '-D', '--defined-only', module).splitlines()}
    needed = set(re.findall(r'\(NEEDED\).*\[(.*)\]', output('readelf', '-d', module)))
    imports = {name_of(line.split()[-1]) for line in output('nm', '-D', '--undefined-only', module).splitlines()}
    planted = set(output(fault_injection, '--planted').split())
    known = planted | set(' '.join(HARMLESS.values()).split())
    flags = output('readelf', '-dW', module)
    segments = output('readelf', '-lW', module)
    results = [
        ('the module exports the six PAM functions and nothing else', exports == EXPORTS, exports ^ EXPORTS),
        ('the module needs libpam and libc and nothing else', needed == NEEDED, needed ^ NEEDED),
        ('every function that the module imports has planted faults or a reason why not', imports <= known,
         imports - known),
        ('the module reads no environment and starts no process or thread',
         not imports & {'getenv', 'secure_getenv', 'environ', 'fork', 'vfork', 'execve', 'pthread_create', 'signal',
                        'sigaction', 'exit', '_exit', 'abort', 'atexit', '__cxa_atexit'}, imports),
        ('the module can write, make, rename, lock and give away no file',
         not imports & {'creat', 'creat64', 'fopen', 'fopen64', 'openat', 'openat64', 'write', 'pwrite', 'rename', 'link',
                        'symlink', 'unlink', 'mkdir', 'mknod', 'mkstemp', 'mkfifo', 'truncate', 'ftruncate', 'chmod', 'fchmod',
                        'chown', 'fchown', 'lchown', 'flock', 'lockf', 'fcntl', 'fcntl64', 'seteuid', 'setfsuid'}, imports),
        ('the module changes no item and no variable of PAM', not imports & {'pam_set_item', 'pam_putenv', 'pam_misc_setenv'},
         imports),
        ('the module has no text relocation, no executable stack and full relro',
         'TEXTREL' not in flags and 'BIND_NOW' in flags and re.search(r'GNU_STACK.* RW ', segments) is not None, flags),
    ]
    print(f'1..{len(results)}')
    for number, (sentence, good, found) in enumerate(results, 1):
        print(f'{"ok" if good else "not ok"} {number} - {sentence}')
        if not good:
            print(f'# {found}')
    return 0 if all(good for _, good, _ in results) else 1


if __name__ == '__main__':
    sys.exit(main())
