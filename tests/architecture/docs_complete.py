#!/usr/bin/python3
"""Every key of the configuration, option of the module and verb of the command is in its manual page, and every key
is in the shipped file with its default. The names are taken from the code that reads them. Says TAP.

docs_complete.py ROOT
"""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
results = []


def text(name):
    return (root / name).read_text()


def expect(sentence, names, page, pattern):
    """`pattern`: how `page` shows a name."""
    missing = [name for name in sorted(names) if not re.search(pattern.format(name=re.escape(name)), page)]
    results.append((f'{sentence} ({len(names)})', bool(names) and not missing, missing))


KEY = r'\.(?:flag|number|duration|texts?|word|secret)\("(\w+)"'
TEMPLATE_KEY = r'templates_\.(?:text|fields|extraction)\(\w+, "(\w+)"'
main_keys = set(re.findall(KEY, text('helper/config/main_file.cpp')))
sections = set(re.findall(r'(?:section\("|root\.table\(")(\w+)"', text('helper/config/main_file.cpp')))
provider_keys = {key for file in sorted((root / 'helper/config').glob('*provider_file.cpp'))
                 for found in re.findall(KEY + '|' + TEMPLATE_KEY, file.read_text()) for key in found if key}
route_keys = set(re.findall(KEY, text('helper/config/route_keys.cpp')))
page = text('docs/man/ssp-mfa.toml.5')
shipped = text('conf/ssp-mfa.toml')
expect('every key of the main file is in ssp-mfa.toml(5)', main_keys, page, r'(?m)^\.It .*\b{name}\b')
expect('every key of a provider is in ssp-mfa.toml(5)', provider_keys, page, r'(?m)^\.It .*\b{name}\b')
expect('every key of a route is in ssp-mfa.toml(5)', route_keys, page, r'(?m)^\.It .*\b{name}\b')
expect('every key of the main file is in the shipped file', main_keys, shipped, r'(?m)^#?{name} = ')
expect('every key of a route is in the shipped file', route_keys, shipped, r'(?m)^#  {name} = ')
expect('every section is in the shipped file', sections, shipped, r'(?m)^\[{name}\]')

options = set(re.findall(r'\{"(\w+)=?", &Options::', text('pam_module/options.cpp')))
expect('every option of the module is in pam_ssp_mfa(8)', options, text('docs/man/pam_ssp_mfa.8'), r'(?m)^\.It .*\b{name}\b')

verbs = {verb for line in re.findall(r'^///   \w+ +(.*)$', text('helper/verifier/requests.h'), re.MULTILINE)
         for verb in re.findall(r'(?:^|\u00b7 )([a-z-]+(?: [a-z]+)?)', line)} - {'all of'}
presets = {path.stem for path in (root / 'conf/providers.d').glob('*.toml')} - {'outbox'}  # codes for demonstrations
expect('every preset is in docs/how-to/gateways.md', presets, text('docs/how-to/gateways.md'), r'`{name}`')

expect('every verb is in ssp-mfa(1)', verbs | {'init', 'key finish', 'key lost', 'providers', 'send-test', 'audit verify', 'audit export'}, text('docs/man/ssp-mfa.1'), r'(?m)^\.It .*{name}')

print(f'1..{len(results)}')
for number, (sentence, good, missing) in enumerate(results, 1):
    print(f'{"ok" if good else "not ok"} {number} - {sentence}')
    if not good:
        print(f'# missing: {", ".join(missing) or "nothing was found to look for"}')
sys.exit(not all(good for _, good, _ in results))
