"""Mailing lists of a real mlmmj, behind a Postfix of world.py."""
import os, shutil

FOLDERS = 'incoming queue queue/discarded archive text subconf unsubconf bounce control moderation subscribers.d ' \
          'digesters.d requeue nomailsubs.d'.split()

MASTER_CF = 'mlmmj unix - n n - - pipe flags=ORhu user=nobody argv=/usr/bin/mlmmj-receive -F -L {dir}/mlmmj/${nexthop}\n'


def main_cf(domain, *names):
    """Posts to NAME@domain and its +bounces go to mlmmj."""
    routes = ''.join(' { /^%s(\\+.*)?@%s$$/ mlmmj:%s }' % (n, domain.replace('.', '\\.'), n) for n in names)
    return 'relay_domains = %s\ntransport_maps = regexp:{%s }\nmlmmj_destination_recipient_limit = 1\n' % (domain, routes)


def make_list(world, address, subscribers, port=None, **control):
    """control: files of the list's folder `control` (TUNABLES); mail goes out through `port` of loopback."""
    if shutil.which('mlmmj-receive') is None:
        raise AssertionError('mlmmj is not installed')
    folder = world.path('mlmmj', address.split('@')[0])
    files = dict(listaddress=address, owner='owner@' + address.split('@')[1], smtpport=str(port or world.port),
                 tocc='', notmetoo='', **control)
    for name in FOLDERS:
        os.makedirs(os.path.join(folder, name))
    shutil.rmtree(os.path.join(folder, 'text'))
    shutil.copytree('/usr/share/mlmmj/text.skel/en', os.path.join(folder, 'text'))
    for name, text in files.items():
        with open(os.path.join(folder, 'control', name), 'w') as f:
            f.write(text.rstrip('\n') + '\n' if text else '')
    for subscriber in subscribers:
        with open(os.path.join(folder, 'subscribers.d', subscriber[0]), 'a') as f:
            f.write(subscriber + '\n')
    for path, _, names in os.walk(world.path('mlmmj')):
        for name in [path] + [os.path.join(path, n) for n in names]:
            shutil.chown(name, 'nobody')
