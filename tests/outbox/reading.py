"""What a receiver of our reports finds in them."""
import email, email.policy, gzip
import xml.etree.ElementTree as ET


def report_in(mail):
    message = email.message_from_bytes(mail, policy=email.policy.SMTP)
    part = next(p for p in message.walk() if p.get_content_type() == 'application/gzip')
    return gzip.decompress(part.get_payload(decode=True))


def plain(xml):
    """The tree without namespaces."""
    root = ET.fromstring(xml)
    for e in root.iter():
        e.tag = e.tag.rpartition('}')[2]
    return root
