#!/usr/bin/python3
"""Checks every #include of the product against allowed_includes.txt.

check_includes.py TABLE ROOT    prints each include that the table forbids; exit 1 if there is one.
"""
import fnmatch
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def read_table(path):
    folders, headers = {}, []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        line = line.split('#', 1)[0].strip()
        if not line:
            continue
        left, arrow, right = (part.strip() for part in line.partition('->'))
        if not arrow:
            sys.exit(f'{path}:{number}: no "->" in this line')
        if left.startswith('<'):
            headers.append((left.strip('<>'), right.split()))
        else:
            folders[left] = right.split()
    return folders, headers


def folder_of(path, root):
    """The name by which the table knows the folder of a source file."""
    parts = path.relative_to(root).parts
    if path.name == 'main.cpp' or path.name.endswith('_main.cpp'):
        return 'mains'
    return parts[1] if parts[0] == 'helper' else parts[0]


def violations(root, folders, headers):
    sources = [path for top in ('protocol', 'pam_module', 'helper') for path in sorted((root / top).rglob('*'))
               if path.suffix in ('.h', '.cpp')]
    if not sources:
        yield f'{root}: no sources found: is this the root of the project?'
    for path in sources:
        folder = folder_of(path, root)
        where = path.relative_to(root)
        if folder not in folders:
            yield f'{where}: the folder "{folder}" has no line in the table'
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            found = INCLUDE.match(line)
            if not found:
                continue
            bracket, header = found.groups()
            if bracket == '<':
                for pattern, allowed in headers:
                    if fnmatch.fnmatch(header, pattern) and folder not in allowed:
                        yield f'{where}:{number}: {folder} may not include <{header}>'
            elif '/' in header:
                included = header.split('/', 1)[0]
                if included not in (*folders[folder], folder) and not (folder == 'mains' and included in folders):
                    yield f'{where}:{number}: {folder} may not include {included} ("{header}")'


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    folders, headers = read_table(pathlib.Path(sys.argv[1]))
    found = list(violations(pathlib.Path(sys.argv[2]).resolve(), folders, headers))
    print('\n'.join(found) if found else 'Every include follows the table.')
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
