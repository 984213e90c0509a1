#!/usr/bin/python3
"""How long the files are: a report, never a failure. A file past 400 lines is asked which second job it has.

file_sizes.py ROOT
"""
import pathlib
import statistics
import sys

root = pathlib.Path(sys.argv[1])
sizes = sorted((len(path.read_text().splitlines()), str(path.relative_to(root)))
               for top in ('protocol', 'pam_module', 'helper', 'tests') for path in (root / top).rglob('*')
               if path.suffix in ('.h', '.cpp'))
lines = [size for size, _ in sizes]
print(f'{len(sizes)} files, {sum(lines)} lines, median {statistics.median(lines):.0f}, longest {lines[-1]}')
for size, name in reversed(sizes):
    if size > 400:
        print(f'{size:6} {name}: which second job is in there?')
