#!/usr/bin/python3
"""A folder below a bound of coverage is complained about, one at the bound is not."""
import sys

sys.dont_write_bytecode = True
import bounds  # pylint: disable=wrong-import-position


def file(lines, covered_lines, branches=100, covered_branches=100):
    return {'lines': {'count': lines, 'covered': covered_lines},
            'branches': {'count': branches, 'covered': covered_branches}}


WHOLE = {'pam_module/a.cpp': file(100, 100), 'helper/verifier/a.cpp': file(100, 100)}
CASES = [
    ('everything is covered', {}, 0),
    ('exactly at the bounds', {'pam_module/a.cpp': file(100, 95, 100, 90)}, 0),
    ('a line below', {'pam_module/a.cpp': file(1000, 949)}, 1),
    ('a branch below', {'helper/verifier/a.cpp': file(100, 100, 1000, 899)}, 1),
    ('both below', {'helper/verifier/a.cpp': file(100, 94, 100, 89)}, 2),
    ('one file makes up for another', {'helper/verifier/b.cpp': file(5, 0)}, 0),
    ('one file drags another down', {'helper/verifier/b.cpp': file(8, 1), 'helper/verifier/c.cpp': file(2, 0)}, 1),
    ('another folder has no bound', {'helper/store/a.cpp': file(100, 0)}, 0),
    ('a folder that was not measured', {'pam_module/a.cpp': None}, 1),
]


def main():
    print(f'1..{len(CASES)}')
    failed = 0
    for number, (name, change, expected) in enumerate(CASES, 1):
        summaries = {path: summary for path, summary in {**WHOLE, **change}.items() if summary is not None}
        said = list(bounds.complaints(summaries))
        failed += len(said) != expected
        print(f'{"ok" if len(said) == expected else "not ok"} {number} - {name}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
