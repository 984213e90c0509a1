#!/usr/bin/python3
"""The house rules of CONTRIBUTING.md that a search can check, over the product's own sources.

house_rules.py ROOT          prints each line that breaks one; exit 1 if there is one
house_rules.py --self-test   each rule must find its own bad line and leave its good one alone; says TAP
"""
import pathlib
import re
import sys


class Rule:
    def __init__(self, number, sentence, pattern, bad, good, only=(), exempt=(), suffix=''):
        """`only`, `exempt`: beginnings of paths, `exempt` for the places that have a reason. `suffix`: of files."""
        self.number, self.sentence, self.pattern = number, sentence, re.compile(pattern)
        self.bad, self.good, self.only, self.exempt, self.suffix = bad, good, only, exempt, suffix

    def breaks(self, where, line):
        if self.only and not where.startswith(self.only):
            return False
        if where.startswith(self.exempt) or not where.endswith(self.suffix):
            return False
        return self.pattern.search(line) is not None


RULES = [
    Rule('HR-2', 'no thread outside the store', r'\bstd::(j?thread|async)\b|\bpthread_create\b',
         'std::thread writer_;', 'std::this_thread::get_id()', exempt=('helper/store/',)),
    Rule('HR-3', 'we throw nothing', r'\bthrow\b(?!\s*;)',
         'throw std::runtime_error(text);', 'throw;'),
    Rule('HR-4', 'no shell', r'\b(system|popen|execlp|execvp|wordexp)\s*\(',
         'system(command);', 'file_system(path);'),
    Rule('HR-5', 'the environment is read in named places only', r'\b(secure_)?getenv\s*\(|\benviron\b',
         'auto* path = getenv(name);', 'pam_getenv(pamh, name)',
         exempt=('helper/loop/journal.cpp', 'helper/daemon/unit.cpp', 'helper/command/init.cpp',
                 'helper/command/key_of_daemon.cpp', 'helper/config/secret_source.cpp')),
    Rule('HR-6', 'no function that cannot know how much room it has',
         r'\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|alloca)\s*\(',
         'strcpy(to, from);', 'snprintf(to, sizeof to, from);'),
    Rule('HR-7', 'chance comes from base/random.h', r'\b(rand|srand|random|drand48)\s*\(|\bstd::(mt19937|random_device)\b',
         'return rand() % 10;', 'random.fill(bytes);'),
    Rule('HR-8', 'time comes from base/clock.h', r'\b(system_clock::now|gettimeofday|time)\s*\(',
         'auto now = time(nullptr);', 'expired_at_time(now);',
         exempt=('helper/base/clock.cpp', 'pam_module/')),
    Rule('HR-9', 'nothing is left open in the code', r'\b(TODO|FIXME|XXX|HACK)\b',
         'int a; // TODO later', 'int todo_count;'),
    Rule('HR-10', 'a header opens no namespace for its readers', r'^\s*using namespace\b',
         'using namespace std;', 'using std::span;', suffix='.h'),
    Rule('HR-11', 'the module uses no C++ runtime', r'\bstd::(string|vector|map|function|optional<std::string)\b(?!_view)|\bnew\b',
         'std::string name;', 'std::string_view name;', only=('pam_module/', 'protocol/')),
    Rule('HR-20', 'SQL is a literal, values are bound', r'\b(query|run|execute|exec|prepare\w*)\s*\(.*(\bc_str\s*\(|\+)',
         'store.run((text + name).c_str());', 'store.run(text, name);', only=('helper/store/',),
         exempt=('helper/store/schema.cpp',)),
]

COMMENT = re.compile(r'//.*$')
TEXT = re.compile(r'"(\\.|[^"\\])*"|\'(\\.|[^\'\\])*\'')


def code_of(line):
    """The line without the inside of its texts and without its comment."""
    return COMMENT.sub('', TEXT.sub('""', line))


def breaches(root):
    for top in ('protocol', 'pam_module', 'helper'):
        for path in sorted((root / top).rglob('*')):
            if path.suffix not in ('.h', '.cpp'):
                continue
            where = str(path.relative_to(root))
            for number, line in enumerate(path.read_text().splitlines(), 1):
                for rule in RULES:
                    looked_at = line if rule.number == 'HR-9' else code_of(line)
                    if rule.breaks(where, looked_at):
                        yield f'{where}:{number}: {rule.number} {rule.sentence}: {line.strip()}'


def self_test():
    print(f'1..{len(RULES)}')
    failed = False
    for count, rule in enumerate(RULES, 1):
        where = (rule.only or ('helper/verifier/',))[0] + 'a' + (rule.suffix or '.cpp')
        good = rule.breaks(where, rule.bad) and not rule.breaks(where, rule.good)
        failed |= not good
        print(f'{"ok" if good else "not ok"} {count} - {rule.number} {rule.sentence}')
    return 1 if failed else 0


def main():
    if sys.argv[1:] == ['--self-test']:
        return self_test()
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    found = list(breaches(pathlib.Path(sys.argv[1]).resolve()))
    print('\n'.join(found) if found else 'Every house rule that a search can check is kept.')
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
