"""What a mutation run changes: one operator, value or statement at a time, never a text, a comment or a log line."""
import collections
import hashlib
import re

STATEMENT = r'^( +)(co_await [\w.:>-]+\(.*\);|[\w.:>-]+\(.*\);)$'
# Each is looked for in the code of a line, outside of texts and comments.
CHANGES = [
    (r'==', '!='), (r'!=', '=='), (r'&&', '||'), (r'\|\|', '&&'), (r'<=', '<'), (r'>=', '>'),
    (r'(?<=\s)>(?=\s)', '>='), (r'(?<=\s)<(?=\s)', '<='), (r'!(?=[a-z_(])', ''),
    (r'\bif \((\*?[\w.:>-]+(?:\([\w.,* ]*\))?)\)$', r'if (!\1)'),
    (r'\breturn true\b', 'return false'), (r'\breturn false\b', 'return true'), (r'\btrue\b', 'false'),
    (r'\bfalse\b', 'true'), (r' \+ ', ' - '), (r' - ', ' + '), (r'\b1\b', '2'), (r'\b0\b', '1'),
    (r'\b(Outcome|Verdict|Decision)::(?!accepted\b)\w+(?=[;,)])', r'\1::accepted'),
    (r'\bPAM_(?!SUCCESS)[A-Z_]+(?=;)', 'PAM_SUCCESS'),
    (STATEMENT, r'\1;'),
]
LOG = re.compile(r'\b(pam_syslog|Escaped)\(')


class Change(collections.namedtuple('Change', 'file number new name')):
    """Line `number` (from 0) of `file` becomes `new`. `name` survives a change of other lines: it is the line, and
    which of several equal ones."""

    def fingerprint(self, text):
        """The same for the same change of the same file."""
        return hashlib.sha256(f'{self.number}\n{self.new}\n{text}'.encode()).hexdigest()[:20]

    def applied(self, text):
        lines = text.splitlines()
        lines[self.number] = self.new
        return '\n'.join(lines) + '\n'


def code_of(line):
    """The line with the inside of texts blanked out and without its comment, places kept."""
    line = re.sub(r'"(\\.|[^"\\])*"', lambda text: '"' + ' ' * (len(text[0]) - 2) + '"', line)
    return re.sub(r'//.*$', '', line)


def is_no_decision(code):
    return (code.lstrip().startswith(('#', 'template', 'using', 'namespace')) or 'static_assert' in code or
            LOG.search(code) is not None)


def changes_of(root, file):
    """Every change of a file below `root`, from top to bottom."""
    seen = collections.Counter()
    made = set()
    for number, line in enumerate((root / file).read_text(encoding='utf-8').splitlines()):
        code = code_of(line)
        if is_no_decision(code):
            continue
        for pattern, new in CHANGES:
            for found in re.finditer(pattern, code):
                changed = line[:found.start()] + found.expand(new) + line[found.end():]
                is_half_a_statement = pattern is STATEMENT and code.count('(') != code.count(')')
                if changed == line or (number, changed) in made or is_half_a_statement:
                    continue
                made.add((number, changed))
                name = f'{file}: {line.strip()} -> {changed.strip()}'
                seen[name] += 1
                yield Change(file, number, changed, name + (f' ({seen[name]})' if seen[name] > 1 else ''))


def explained_changes(path):
    """Name of each explained survivor, with why. Raises ValueError for a line that is none."""
    explained = {}
    for line in path.read_text(encoding='utf-8').splitlines():
        if line and not line.startswith('#'):
            name, bar, why = line.rpartition(' | ')
            if not bar or not why.strip() or name in explained:
                raise ValueError(f'no NAME | WHY, or said twice: {line}')
            explained[name] = why
    return explained
