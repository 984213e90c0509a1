#!/usr/bin/python3
"""Each line of explained.txt is about a change that a mutation run makes today, and says why nobody notices it."""
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True
import changes  # pylint: disable=wrong-import-position
import together  # pylint: disable=wrong-import-position

SAMPLE = """bool is_open(int count)
{
    // true == false
    pam_syslog(pamh, LOG_ERR, "1 == 2 %d", count - 1);
    if (count == 1)
        return true;
    return false;
}
"""
MADE = ['if (count == 1) -> if (count != 1)', 'if (count == 1) -> if (count == 2)', 'return true; -> return false;',
        'return false; -> return true;']


def stale(root, explained):
    """Names that no change of today has."""
    files = {name.partition(': ')[0] for name in explained}
    made = {change.name for file in files if (root / file).is_file() for change in changes.changes_of(root, file)}
    return sorted(set(explained) - made)


def sample(folder):
    root = pathlib.Path(folder)
    (root / 'a.cpp').write_text(SAMPLE, encoding='utf-8')
    names = [change.name for change in changes.changes_of(root, 'a.cpp')]
    yield 'code is changed, and no text, comment or log line', names == [f'a.cpp: {made}' for made in MADE]
    yield 'an explanation of a change of today stands', not stale(root, {names[0]: 'why'})
    gone = 'a.cpp: if (count == 3) -> if (count != 3)'
    yield 'an explanation of a line that is gone is stale', stale(root, {names[0]: 'why', gone: 'why'}) == [gone]
    yield 'an explanation of a file that is gone is stale', len(stale(root, {'b.cpp: x -> y': 'why'})) == 1
    numbered = list(enumerate(changes.changes_of(root, 'a.cpp'), 1))
    text, lines = together.merged(SAMPLE, numbered)
    yield 'changes side by side are each on a line of their own', sorted(lines.values()) == [1, 2, 3, 4]
    yield 'a condition is a choice', 'ssp_mutant == 1 ? static_cast<bool>(count != 1) :' in text
    yield 'a statement is a choice', 'if (ssp_mutant == 4) { return true; } else\n{ return false; }' in text
    yield 'without changes a text stays as it is', together.merged(SAMPLE, [])[0] == SAMPLE
    (root / 'explained.txt').write_text(f'{names[0]}\n', encoding='utf-8')
    try:
        changes.explained_changes(root / 'explained.txt')
        refused = False
    except ValueError:
        refused = True
    yield 'an explanation that does not say why is none', refused


def main():
    root = pathlib.Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        cases = list(sample(folder))
    left = stale(root, changes.explained_changes(root / 'tests/mutation/explained.txt'))
    for name in left:
        print(f'# stale: {name}')
    cases.append(('every explanation is about a change of today', not left))
    print(f'1..{len(cases)}')
    for number, (name, holds) in enumerate(cases, 1):
        print(f'{"ok" if holds else "not ok"} {number} - {name}')
    return 0 if all(holds for _, holds in cases) else 1


if __name__ == '__main__':
    sys.exit(main())
