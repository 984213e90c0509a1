"""200 sign-ins at once, through the module and both daemons, to a gateway that takes five seconds for each message."""
import asyncio
import os
import pathlib
import shutil

import pytest

import storm
from host import outbox
from http_gateway import HttpGateway, provider
from memory import MemoryWatch

pytestmark = [pytest.mark.slow,
              pytest.mark.skipif('SSP_PLAIN_BUILD' not in os.environ, reason='needs --plain-build, for the memory')]
PEOPLE = 200
WAVES = 2
SENDING = '[sending]\nsource_per_quarter_hour = 1000'  # all of them come from one address
PATIENCE = 60  # seconds for each prompt; sshd gives 120 for all
MOST_MEGABYTES = 256


@pytest.fixture(name='people', scope='module')
def fixture_people(host):
    host.configure(SENDING)
    for name, daemon in {'helper/ssp-mfad': host.helper, 'helper/delivery/ssp-mfa-deliveryd': host.delivery}.items():
        program = pathlib.Path('/usr/local/sbin', daemon.name)
        shutil.copy(pathlib.Path(os.environ['SSP_PLAIN_BUILD'], name), program)
        daemon.stop()
        daemon.start([program])
    yield storm.add_people(WAVES * PEOPLE)
    host.configure()
    host.start_over()


def served_at_once(host, gateway, people):
    """One wave; returns what the daemons took at most, in kilobytes by name."""
    with MemoryWatch(**{daemon.name: daemon.process for daemon in (host.helper, host.delivery)}) as memory:
        came = asyncio.run(storm.all_at_once(people, storm.Phones(gateway.file), PATIENCE))
    trouble = [str(one) for one in came if isinstance(one, BaseException)]
    assert not trouble, f'{len(trouble)} of {len(people)} were not served, the first: {trouble[0]}'
    waited = sorted(came)
    print(f'\n{len(people)} first sign-ins at once; from the number to the prompt for the code: '
          f'shortest {waited[0]:.1f} s, median {waited[len(people) // 2]:.1f} s, longest {waited[-1]:.1f} s')
    for name, before in memory.before.items():
        print(f'{name}: {before} kB before, {memory.peak[name]} kB at most, {memory.after[name]} kB after')
    for person in people:
        assert len(gateway.messages(person.number)) == 1, 'not one message for each person'
    return memory.peak


def test_200_people_at_once_are_all_served_by_a_slow_gateway(host, people):
    """Twice, because what grows with each wave is not bounded."""
    with HttpGateway(8080) as gateway:
        host.configure(SENDING, slow=provider(gateway.url('slow')), outbox=outbox('voice-call'))
        host.delivery.reload()
        first = served_at_once(host, gateway, people[:PEOPLE])
        second = served_at_once(host, gateway, people[PEOPLE:])
    for name, kilobytes in first.items():
        assert kilobytes < MOST_MEGABYTES * 1024
        assert second[name] < kilobytes * 1.25, f'{name} grows'
