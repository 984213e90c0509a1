"""How much of a part of the product the tests have to run, and how it is summed up from llvm-cov's figures."""
import collections

Bound = collections.namedtuple('Bound', 'lines branches')
Sum = collections.namedtuple('Sum', 'lines covered_lines branches covered_branches')

# Percent of a folder, all its files together.
BOUNDS = {'pam_module/': Bound(95, 90), 'helper/verifier/': Bound(95, 90)}


def percent(covered, count):
    return 100 * covered / count if count else 100.0


def sums_of(summaries, folder):
    """`summaries`: file below the tree, and its "summary" of `llvm-cov export`. Of the files below `folder`."""
    files = [summary for name, summary in summaries.items() if name.startswith(folder)]
    add = lambda what, which: sum(summary[what][which] for summary in files)
    return Sum(add('lines', 'count'), add('lines', 'covered'), add('branches', 'count'), add('branches', 'covered'))


def complaints(summaries):
    """A sentence about each part that is below a bound, or of which nothing is known."""
    for folder, bound in BOUNDS.items():
        found = sums_of(summaries, folder)
        if not found.lines:
            yield f'{folder} has no figures'
        for what, covered, count, least in (('lines', found.covered_lines, found.lines, bound.lines),
                                            ('branches', found.covered_branches, found.branches, bound.branches)):
            if percent(covered, count) < least:
                yield f'{folder} has {percent(covered, count):.2f} % of its {what} covered, {least} % are wanted'
