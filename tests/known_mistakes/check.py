#!/usr/bin/python3
"""Every known mistake of others has its sentence in a test here. Says TAP.

check.py ROOT
"""
import pathlib
import sys

root = pathlib.Path(sys.argv[1])
table = root / 'tests/known_mistakes/known_mistakes.txt'
house_rules = (root / 'tests/architecture/house_rules.py').read_text()

lines = [line.split('|') for line in table.read_text().splitlines() if line.strip() and not line.startswith('#')]
print(f'1..{len(lines)}')
failed = False
for number, fields in enumerate(lines, 1):
    which, what, where, sentence = (field.strip() for field in fields)
    if where.startswith('house rule '):
        good = f"'{where.removeprefix('house rule ')}'" in house_rules
    else:
        file = root / where
        good = bool(sentence) and file.exists() and sentence in file.read_text()
    failed |= not good
    print(f'{"ok" if good else "not ok"} {number} - {which}: {what}')
    if not good:
        print(f'# not found: {where}: {sentence}')
sys.exit(failed)
