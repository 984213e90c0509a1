#!/usr/bin/python3
"""A planted violation of the include table must be found, and nothing else. Says TAP."""
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
TABLE = HERE / 'allowed_includes.txt'

CASES = [
    ('an allowed include passes', 'helper/store/a.cpp', '#include "verifier/ports.h"', None),
    ('a verifier that includes the store is found', 'helper/verifier/a.cpp', '#include "store/sqlite_store.h"',
     'helper/verifier/a.cpp:1: verifier may not include store'),
    ('a module that includes the helper is found', 'pam_module/a.cpp', '#include "base/result.h"',
     'pam_module/a.cpp:1: pam_module may not include base'),
    ('a verifier that includes SQLite is found', 'helper/verifier/a.h', '#include <sqlite3.h>',
     'helper/verifier/a.h:1: verifier may not include <sqlite3.h>'),
    ('spaces do not hide an include', 'helper/verifier/a.h', '  #  include  <systemd/sd-event.h>',
     'verifier may not include <systemd/sd-event.h>'),
    ('a main may include everything', 'helper/main.cpp', '#include "store/sqlite_store.h"', None),
    ('a folder that the table does not know is found', 'helper/common/a.h', '', 'has no line in the table'),
]

print(f'1..{len(CASES)}')
failed = False
for number, (sentence, name, text, expected) in enumerate(CASES, 1):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / name
        file.parent.mkdir(parents=True)
        file.write_text(text + '\n')
        run = subprocess.run([sys.executable, HERE / 'check_includes.py', TABLE, folder], capture_output=True,
                             text=True, check=False)
    good = run.returncode == 0 if expected is None else run.returncode == 1 and expected in run.stdout
    failed |= not good
    print(f'{"ok" if good else "not ok"} {number} - {sentence}')
    if not good:
        print(f'# exit {run.returncode}: {run.stdout}{run.stderr}')
sys.exit(failed)
