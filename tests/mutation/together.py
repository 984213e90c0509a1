"""Many changes of one file in one build: each line that can be changed becomes a choice between what it says and what
its changes say, by the variable SSP_MUTANT of the environment. What does not fit that form is left out."""
import re

from changes import code_of

CONDITION = re.compile(r'^( *)((?:\} )?(?:else )?if \()(.*)(\)(?: \{)?)$')
BEHIND_A_DECLARATION = re.compile(r'^( *)((?:else )?if \(auto \w+ = .*; )(.*)(\)(?: \{)?)$')
STATEMENT = re.compile(r'^( *)((?:case [\w:]+: )?)((?:co_)?return\b.*;|[\w.:>\[\]-]+(?:\(| [+-]?= ).*;)$')
DECLARATION = re.compile(r'^( *)((?:static )?const (?:bool|int|unsigned|auto|char|std::[\w:]+) \w+ = )(.*)(;)$')
CHOICE = """
#include <cstdlib>
[[maybe_unused]] static const int ssp_mutant =
    std::getenv("SSP_MUTANT") != nullptr ? std::atoi(std::getenv("SSP_MUTANT")) : 0;
"""


def is_balanced(text):
    return all(text.count(a) == text.count(b) for a, b in ('()', '{}', '[]'))


def begins_a_statement(before):
    """Whether the code line before ends one."""
    return before == '' or before[-1] in ';{}):' or before.endswith('else') or before.startswith('#')


def choice_of(line, before, variants):
    """Lines in the place of `line`, each with the number of its variant or None; nothing when it has not the form."""
    code = code_of(line)
    statement = STATEMENT.match(line)
    for form, value in ((CONDITION, 'static_cast<bool>'), (BEHIND_A_DECLARATION, 'static_cast<bool>'),
                        (DECLARATION, '')):
        whole = form.match(line)
        if whole and is_balanced(whole[3]) and 'co_await' not in code and ';' not in code_of(whole[3]):
            parts = [(number, form.match(new)) for number, new in variants]
            parts = [(number, part[3]) for number, part in parts
                     if part and part[2] == whole[2] and is_balanced(part[3])]
            return [(f'{whole[1]}{whole[2]}', None),
                    *((f'ssp_mutant == {number} ? {value}({part}) :', number) for number, part in parts),
                    (f'{value}({whole[3]}){whole[4]}', None)]
    if statement and is_balanced(code) and begins_a_statement(before):
        label = statement[2]
        return [(f'{statement[1]}{label}', None),
                *((f'if (ssp_mutant == {number}) {{ {new.strip().removeprefix(label)} }} else', number)
                  for number, new in variants),
                (f'{{ {statement[3]} }}', None)]
    return None


def units(lines):
    """Where each statement or head of a block begins and ends, however many lines it has."""
    at = 0
    while at < len(lines):
        end = at
        while (end + 1 < len(lines) and end - at < 12 and '//' not in lines[end] and code_of(lines[end]).strip() and
               not lines[end].startswith('#') and code_of(lines[end]).strip()[-1] not in ';{}:'
               and not (CONDITION.match(lines[end]) and is_balanced(code_of(lines[end])))
               and not code_of(lines[end]).strip().endswith('else')):
            joined = ' '.join(map(code_of, lines[at:end + 1])).strip()
            if joined.startswith(('if (', 'else if (', '} else if (')) and is_balanced(joined.removeprefix('} ')):
                break
            end += 1
        yield at, end
        at = end + 1


def joined_line(lines):
    """Without comments."""
    lines = [line[:len(code_of(line))].rstrip() for line in lines]
    return lines[0] + ''.join(' ' + line.strip() for line in lines[1:])


def merged(text, numbered):
    """`numbered`: number and change of each. Returns the text with all that fit, and which line has which number."""
    lines = text.splitlines()
    by_line = {}
    for number, change in numbered:
        by_line.setdefault(change.number, []).append((number, change.new))
    last_include = max((at for at, line in enumerate(lines) if line.startswith('#include')), default=-1)
    out, before = [], ''
    for first, last in units(lines):
        unit = lines[first:last + 1]
        variants = [(number, joined_line([*unit[:at - first], new, *unit[at - first + 1:]]))
                    for at in range(first, last + 1) for number, new in by_line.get(at, [])]
        choice = choice_of(joined_line(unit), before, variants) if variants else None
        out += choice or [(line, None) for line in unit]
        if first <= last_include <= last:
            out += [(added, None) for added in CHOICE.splitlines()]
        before = code_of(unit[-1]).strip() or before
    return '\n'.join(line for line, _ in out) + '\n', {at: number for at, (_, number) in enumerate(out, 1) if number}
