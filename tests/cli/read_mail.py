# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads a mail as a recipient's program would and checks an expression about it.

    read_mail.py FILE EXPRESSION

m is the message, attachment(NAME) the bytes of an attachment, body() the text. A mail with a defect,
a field that is none of those that culprit writes, a line that is too long or a byte that no mail may
have fails whatever the expression says.
"""
import email
import email.policy
import sys

FIELDS = {
    "from", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references", "auto-submitted",
    "user-agent", "mime-version", "content-type", "content-transfer-encoding",
}

raw = open(sys.argv[1], "rb").read()
m = email.message_from_bytes(raw, policy=email.policy.default)


def attachment(name):
    for part in m.iter_attachments():
        if part.get_filename() == name:
            return part.get_payload(decode=True)
    return None


def body():
    return m.get_body(("plain",)).get_content()


def complain():
    for name in m.keys():
        if name.lower() not in FIELDS:
            yield "a field %s" % name
        if len(m.get_all(name)) > 1:
            yield "%s twice" % name
        if m[name].defects:
            yield "%s: %s" % (name, m[name].defects)
    for name in ("From", "Date", "Subject", "Message-ID"):
        if not m[name]:
            yield "no %s" % name
    for part in m.walk():
        if part.defects:
            yield "defects: %s" % part.defects
    for line in raw.split(b"\n"):
        if len(line) > 998:
            yield "a line of %d bytes" % len(line)
    if any((b < 32 and b not in (9, 10)) or b == 127 for b in raw):
        yield "a control character"
    head = raw.split(b"\n\n", 1)[0]
    if any(b > 126 for b in head):
        yield "a byte in the head that is no ASCII"
    body()


problems = list(complain())
if not problems and not eval("(" + sys.argv[2] + ")"):
    problems = ["not so: " + sys.argv[2], str(m.items()), body()[:2000]]
print("\n".join(problems))
sys.exit(bool(problems))
