#!/usr/bin/python3
"""Every line of a table has its sentences in tests here, or its reason why it cannot have one. Says TAP.

check.py ROOT TABLE NUMBERS      NUMBERS: which must be there, as in K1-K50 or T01 T02 T04-T08

A table has paragraphs: a number and what went wrong or is tried, then indented lines of three kinds:

    FILE: SENTENCE            a test of that file, by its whole name
    house rule HR-4           a search of tests/architecture/house_rules.py
    cannot apply: REASON      instead of the others

An entry numbered "also" is one more. A sentence counts when the test is run: it is in a test list of C++, a function
of pytest, a line of a Python program that says TAP, or a fuzz target, and a meson.build names its file where there is
one.
"""
import pathlib
import re
import sys

INDENT = '    '

def wanted(words):
    for word in words:
        first, _, last = word.partition('-')
        letter, start = first[0], first[1:]
        if not last:
            yield first
        else:
            yield from (f'{letter}{number:0{len(start)}}' for number in range(int(start), int(last[1:]) + 1))


def entries(table):
    """Number, text and the indented lines of each paragraph."""
    found = []
    for line in table.read_text(encoding='utf-8').splitlines():
        if not line.strip() or line.startswith('#'):
            continue
        if line.startswith(INDENT):
            found[-1][2].append(line.strip())
        else:
            number, _, text = line.partition(' ')
            found.append((number, text.strip(), []))
    return found


def is_run(file, sentence):
    if not file.exists():
        return False
    text = file.read_text(encoding='utf-8')
    name = re.escape(sentence)
    builds = [folder / 'meson.build' for folder in (file.parent, file.parent.parent)]
    stem = re.escape(re.sub(r'(_test)?[.]cpp$', '', file.name))
    names = rf'\b({stem}(_test)?|{stem.partition("_")[2] or stem})\b' # meson.build may say 'http_' + name
    built = any(build.exists() and re.search(names, build.read_text()) for build in builds)
    if sentence.startswith('fuzz replay '):
        return built and sentence == f'fuzz replay {file.stem}'
    if file.suffix == '.cpp':
        return built and re.search(rf'^(?! *//).*SENTENCE\({name}\)', text, re.M) is not None
    if sentence.startswith('test_'):
        return re.search(rf'^def {name}\(', text, re.M) is not None
    return re.search(rf"""(['"]){name}\1,|\bok \d+ - {name}['"]""", text) is not None


def fault_of(root, rules, line):
    """Why a line does not hold; '' when it does."""
    if line.startswith('cannot apply: '):
        return '' if len(line) > len('cannot apply: ') + 15 else 'that is no reason'
    if line.startswith('house rule '):
        return '' if f"Rule('{line.removeprefix('house rule ')}'" in rules else 'no such rule'
    where, _, sentence = line.partition(': ')
    return '' if sentence and is_run(root / where, sentence) else 'no such test'


def main():
    root, table = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    numbers = list(wanted(sys.argv[3:]))
    rules = (root / 'tests/architecture/house_rules.py').read_text(encoding='utf-8')
    found = entries(table)
    have = [number for number, _, _ in found if number != 'also']
    print(f'1..{len(found) + 1}')
    failed = have != numbers
    print(f'{"not ok" if failed else "ok"} 1 - the table has {numbers[0]} to {numbers[-1]}, each once and in order')
    for number in set(have) ^ set(numbers):
        print(f'# {number}: {"missing" if number in numbers else "not asked for"}')
    for count, (number, text, lines) in enumerate(found, 2):
        reasons = [line for line in lines if line.startswith('cannot apply: ')]
        faults = [f'{line}: {fault}' for line in lines if (fault := fault_of(root, rules, line))]
        if not lines:
            faults.append('neither a test nor a reason')
        if reasons and len(lines) > len(reasons):
            faults.append('both tests and a reason why there is none')
        failed |= bool(faults)
        without = ' # it cannot apply here' if reasons else ''
        print(f'{"not ok" if faults else "ok"} {count} - {number} {text}{without}')
        for fault in faults:
            print(f'# {fault}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
